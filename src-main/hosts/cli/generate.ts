import type { Recipe } from '../../contract/recipe.ts';
import { encodePicture } from '../../studio/files/picture-file.ts';
import { nodeFileSystem } from '../../studio/files/file-system.ts';
import { saveAtomically } from '../../studio/files/atomic-save.ts';
import { AppError } from '../../contract/errors.ts';
import { controlModes, referenceMethods } from '../../contract/recipe.ts';
import type { EngineAnswer } from '../../studio/supervision/engine-process.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { formatBytes, formatSeconds } from './format.ts';
import type { Output } from './output.ts';
import { namingFiles } from './recipe-files.ts';
import { locateFiles } from './locate.ts';
import { recipeFromArguments } from './recipe-input.ts';
import { recipeOptions } from './recipe-options.ts';
import { planTargets } from './targets.ts';
import { numberOption, parseOptions, UsageError } from './usage.ts';

const options = {
  ...recipeOptions,
  recipe: { type: 'string' },
  count: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

export const generateCommand: Command = {
  help: {
    usage: 'strata generate "PROMPT" [OPTIONS]',
    summary: 'Draws a picture and saves it as PNG, with the recipe inside.',
    options: [
      ['-o, --output FILE|FOLDER', 'Where to save; this folder by default'],
      ['--negative TEXT', 'What to keep out of the picture'],
      ['--model ID|FILE|FOLDER', 'A .safetensors file, a diffusers folder, or "starter" (default)'],
      ['--size WxH', "Pixels, multiples of 8; the model's own size by default"],
      ['--steps N', 'Steps of the sampler'],
      ['--guidance X', 'How strictly the prompt is followed'],
      ['--sampler NAME', 'Such as euler_a, dpmpp_2m_k, unipc'],
      ['--schedule NAME', 'default, karras, exponential, beta, sgm_uniform, ays'],
      ['--seed N', 'Same seed and settings, same picture; chosen at random by default'],
      ['--count N', 'So many pictures, with rising seeds'],
      ['--image FILE', 'Start from this picture'],
      ['--strength X', 'How much of it changes: 0 to 1'],
      ['--mask FILE|x,y,w,h', 'Paint only there (white) in the picture of --image; what is transparent is painted without it'],
      ['--feather PIXELS', 'Width of the fade around the mask'],
      ['--grow PIXELS', 'Make the mask larger, or smaller where negative'],
      ['--infill METHOD', 'What to start from in it: none, colour, tile, blur, patch'],
      ['--focus', "Draw only the surroundings of the mask, at the model's own size"],
      ['--region "MASK : PROMPT"', 'A prompt for a part: "MASK.png : PROMPT" or "x,y,w,h : PROMPT : NEGATIVE"; repeatable'],
      ['--control KIND=FILE[:HOW]', "A control picture for a control model's name or file, t2i: in front for T2I-Adapters; repeatable"],
      ['--reference [ADAPTER=]FILE[:HOW]', "A picture to draw like, with an IP-Adapter's name or file; repeatable"],
      ['', 'HOW is any of: strength, begin-end (shares of the steps), x,y,w,h or mask=FILE (where),'],
      ['', `${controlModes.join(', ')} (control), ${referenceMethods.join(', ')} (reference)`],
      ['--lora FILE[:weight[:text weight]]', 'A LoRA file; repeatable. In a prompt: <lora:NAME:weight>, in that of a region for it alone'],
      ['--embedding [WORD=]FILE', "A textual inversion; the file's name, or WORD, in a prompt stands for it; repeatable"],
      ['--recipe FILE.json|FILE.png', 'Repeat the recipe of a file or picture; other options change it'],
      ['--syntax NAME', 'How weights in prompts are written: a1111 (default), comfy, compel, plain'],
      ['--clip-skip N', 'Leave out the last N layers of the text encoder'],
      ['--device cpu|gpu|auto', 'Where to compute'],
      ['--attention OP', 'Force an attention op; see strata describe'],
      ['--precision full|fast', 'On a CPU, fast computes large layers in 8 bits: quicker, with less memory, a slightly different picture'],
      ['--max-memory SIZE', 'Such as 4G; refused when the picture cannot be drawn within it'],
    ],
    examples: [
      'strata generate "a red house under a blue sky" -o house.png',
      'strata generate "a meadow" --region "0,0,128,256 : a red house" --seed 7',
      'strata generate "a house" --control lines=edges.png:0.8:0-0.7 --reference style.jpg:0.6:style',
      'strata generate "a cat :0.7 AND a dog :0.3"',
      'strata generate --recipe house.png --seed 8',
    ],
  },

  async run(args, { output, isVerbose }) {
    const { values, positionals } = parseOptions(args, options);
    const [prompt, ...extra] = positionals;
    if (extra.length > 0) throw new UsageError(`The prompt must be one argument in quotes; found "${extra[0]}" after it.`);
    if (prompt === undefined && values.recipe === undefined) throw new UsageError('generate needs a prompt in quotes, or --recipe.');
    const count = values.count === undefined ? 1 : numberOption('--count', values.count, { min: 1, max: 10_000, isWhole: true });

    // The engine starts while the recipe is read.
    await using engine = new EngineSession(output, { isVerbose });
    const asked = await recipeFromArguments({
      prompt,
      recipeFile: values.recipe,
      options: values,
      note: (text) => output.note(text),
    });
    const imported = values.recipe === undefined ? asked : await locateFiles(engine, asked, (text) => output.note(text));
    const { recipe, assets } = imported;
    const seeds = Array.from({ length: count }, (_, index) => (recipe.seed + index) % (Number.MAX_SAFE_INTEGER + 1));
    const targets = planTargets(values.output, seeds);
    const said = new Set<string>();
    for (const [index, target] of targets.entries()) {
      const request = { kind: 'generate', recipe: { ...recipe, seed: seeds[index] ?? recipe.seed }, assets } as const;
      const answer = await engine
        .request(request, { progress: (progress) => output.progress(progress) })
        .catch((error: unknown) => Promise.reject(namingFiles(error, imported) as Error));
      await savePicture(answer, target, output, request.recipe);
      const warnings = new Set(answer.value.pictures.flatMap((picture) => picture.warnings.filter((text) => !said.has(text))));
      for (const warning of warnings) {
        output.note(warning);
        said.add(warning);
      }
    }
    return 0;
  },
};

async function savePicture(answer: EngineAnswer<'generate'>, target: string, output: Output, asked: Recipe): Promise<void> {
  const [picture] = answer.value.pictures;
  const [rgb] = answer.buffers;
  if (!picture || !rgb) throw new AppError('protocolError', 'The engine must answer with a picture; it sent none.');
  // Where it may run is part of the request, not of what was found while running.
  const recipe = { ...picture.recipe, engine: asked.engine };
  await saveAtomically(nodeFileSystem, target, [await encodePicture({ ...picture, rgb, recipe })]);
  const { width, height, seconds, device, peakBytes } = picture;
  const memory = [
    ...(peakBytes.measured === null ? [] : [`memory ${formatBytes(peakBytes.measured)}`]),
    ...(peakBytes.predicted === null ? [] : [`predicted ${formatBytes(peakBytes.predicted)}`]),
  ];
  const text = [target, `${width}x${height}`, `seed ${recipe.seed}`, formatSeconds(seconds), device, ...memory].join('  ');
  output.result('picture', { file: target, width, height, seed: recipe.seed, seconds, device, peakBytes, recipe }, text);
}
