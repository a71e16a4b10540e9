import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSafetensorsHeader } from '../../src-main/formats/safetensors/read-header.ts';
import { writeSafetensors, type TensorToWrite } from '../../src-main/formats/safetensors/write.ts';

interface GoldenCase {
  readonly id: string;
  readonly params: unknown;
  readonly inputs: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, string>>;
}

interface GoldenFile {
  readonly tensors: string;
  readonly cases: readonly GoldenCase[];
}

/** Which cases of each group go into the copy: the cheapest that still touch every part. */
const chosen: Readonly<Record<string, RegExp>> = {
  randn: /^seed(0|1|18446744073709551615)-/,
  schedulers:
    /^(table-sd15-.*-4|run-sd15-[a-z0-9_]+(?<!_k)-epsilon|run-sdxl-(ddim|euler|dpmpp_2m)-v_prediction|run-euler-(1-steps|zsnr-v|from-step-3))$/,
  components: /^(unet-sd15-f16-file|tokens-(padded|plain)-sd15.*)$/,
  pipelines: /^sd15-f16-single-file$/,
  attention: /^(BMHK-(1x1|1x7|7x7|7x77)|B(MH|M)K-bias-7x7|BMHK-(masked-rows|causal-\w+)-7x7|blocks-.*|all-rows-masked|float16-7x77)$/,
  adapters: /^(clip-preprocess-28x28|sd15-clip-vision)$/,
};

/** Files above this are only copied when a case names them, not when it names their folder. */
const largestByTheWay = 128 * 1024;

/** Prompts stand among the parameters too, so a path must look like one. */
const pathLike = /^\w[\w-]*(\/\w[\w.-]*)+$/;

function write(path: string, data: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
}

/** Every string in `value` that is a path below `folder`. */
function pathsIn(value: unknown, folder: string): readonly string[] {
  if (typeof value === 'string') return pathLike.test(value) && statSync(join(folder, value), { throwIfNoEntry: false }) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((each) => pathsIn(each, folder)) : [];
}

/** Files to copy for a path that a case names; a single-file model brings the tokenizer of the folder it was made from. */
function filesOf(path: string, folder: string): readonly string[] {
  if (statSync(join(folder, path)).isFile()) {
    const source = path.replace(/(-f16)?\.safetensors$/, '');
    return [path, ...(source !== path && statSync(join(folder, source), { throwIfNoEntry: false }) ? filesOf(source, folder) : [])];
  }
  const below = readdirSync(join(folder, path), { recursive: true, encoding: 'utf8' }).map(
    (name) => `${path}/${name.replaceAll('\\', '/')}`,
  );
  return below.filter((name) => {
    const stat = statSync(join(folder, name));
    return stat.isFile() && stat.size <= largestByTheWay;
  });
}

/** The named tensors of a safetensors file, as a file of their own. */
async function subset(file: string, names: ReadonlySet<string>): Promise<Uint8Array> {
  const bytes = new Uint8Array(readFileSync(file));
  const source = { size: bytes.length, read: (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length)) };
  const header = await readSafetensorsHeader(source);
  const kept = new Map<string, TensorToWrite>();
  for (const [name, { dtype, shape, offset, bytes: length }] of header.tensors) {
    if (names.has(name)) kept.set(name, { dtype, shape, data: bytes.subarray(offset, offset + length) });
  }
  return writeSafetensors(kept);
}

async function copyGroup(from: string, to: string, group: string, pattern: RegExp): Promise<number> {
  const all = JSON.parse(readFileSync(join(from, group, 'cases.json'), 'utf8')) as GoldenFile;
  const cases = all.cases.filter(({ id }) => pattern.test(id));
  const names = new Set(cases.flatMap(({ inputs, expected }) => [...Object.values(inputs), ...Object.values(expected)]));
  const lines = cases.map((each) => JSON.stringify(each)).join(',\n');
  const { cases: _, ...about } = all;
  write(join(to, group, 'cases.json'), `${JSON.stringify(about).slice(0, -1)},"cases":[\n${lines}\n]}\n`);
  write(join(to, group, all.tensors), await subset(join(from, group, all.tensors), names));
  for (const path of new Set(
    pathsIn(
      cases.map(({ params }) => params),
      from,
    ).flatMap((each) => filesOf(each, from)),
  )) {
    write(join(to, path), readFileSync(join(from, path)));
  }
  return cases.length;
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error('usage: make-copy.ts GOLDEN-FOLDER NEW-FOLDER');
  process.exitCode = 2;
} else {
  rmSync(to, { recursive: true, force: true });
  for (const [group, pattern] of Object.entries(chosen)) {
    console.log(`${group}: ${await copyGroup(from, to, group, pattern)} cases`);
  }
}
