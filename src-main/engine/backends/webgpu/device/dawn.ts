import { create, globals } from 'webgpu';

/** Which driver family Dawn uses; `null` parses and validates everything and computes nothing. */
export type DawnDriver = 'default' | 'null' | 'vulkan' | 'metal' | 'd3d12';

/** Whether shaders keep the checks that bound every index. A fast profile that loses its device is followed by a safe one. */
export type SafetyProfile = 'safe' | 'fast';

const instanceFlags: Readonly<Record<SafetyProfile, readonly string[]>> = {
  safe: [
    'enable-dawn-features=allow_unsafe_apis,use_vulkan_memory_model,vulkan_enable_f16_on_nvidia',
    'disable-dawn-features=timestamp_quantization',
  ],
  fast: [
    'enable-dawn-features=allow_unsafe_apis,use_vulkan_memory_model,vulkan_enable_f16_on_nvidia,disable_robustness,disable_workgroup_init,disable_polyfills_on_integer_div_and_mod',
    'disable-dawn-features=timestamp_quantization,lazy_clear_resource_on_first_use',
  ],
};

const pinKey = Symbol.for('strata.dawn');

/**
 * The GPU object of a driver and profile. It is held for ever: once Dawn's instance is collected, its next poll frees memory twice and
 * the process dies.
 * @param adapter part of the name of the adapter to take
 */
export function dawn(driver: DawnDriver, profile: SafetyProfile, adapter?: string): GPU {
  const pins = ((globalThis as Record<symbol, unknown>)[pinKey] ??= new Map<string, GPU>()) as Map<string, GPU>;
  const flags = [
    ...(driver === 'default' ? [] : [`backend=${driver}`]),
    ...(adapter === undefined ? [] : [`adapter=${adapter}`]),
    ...instanceFlags[profile],
  ];
  const key = flags.join(' ');
  let gpu = pins.get(key);
  if (!gpu) {
    Object.assign(globalThis, globals);
    gpu = create([...flags]) as GPU;
    pins.set(key, gpu);
  }
  return gpu;
}
