import type { StackDescription } from '../../contract/reports.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { formatBytes } from './format.ts';
import { locateFiles } from './locate.ts';
import { recipeFromArguments } from './recipe-input.ts';
import { recipeOptions } from './recipe-options.ts';
import { parseOptions, UsageError } from './usage.ts';

export const describeCommand: Command = {
  help: {
    usage: 'strata describe [--model ID|FILE|FOLDER] [--recipe FILE] [OPTIONS OF generate]',
    summary:
      'Shows, for every attention layer of the model: the base op, the rejected ones with their reasons, the layers in order, bytes.',
    options: [
      ['--model ID|FILE|FOLDER', 'The model; the starter model by default'],
      ['--recipe FILE.json|FILE.png', 'With the regions, references and controls of this recipe'],
      ['--device cpu|gpu|auto', 'Where it would run'],
      ['--lora, --embedding, --control, --reference, --region', 'As in generate: what was found in these files, and where it acts'],
    ],
  },

  async run(args, { output, isVerbose }) {
    const { values, positionals } = parseOptions(args, { ...recipeOptions, recipe: { type: 'string' } });
    if (positionals.length > 1) throw new UsageError(`describe takes at most one prompt; found ${positionals.length} arguments.`);
    await using engine = new EngineSession(output, { isVerbose });
    const asked = await recipeFromArguments({
      prompt: positionals[0],
      recipeFile: values.recipe,
      options: values,
      note: (text) => output.note(text),
    });
    const imported = values.recipe === undefined ? asked : await locateFiles(engine, asked, (text) => output.note(text));
    const { recipe, assets } = imported;
    const { value } = await engine.request({ kind: 'describe', recipe, assets });
    output.result('description', value, descriptionText(value));
    return 0;
  },
};

function descriptionText({ model, family, device, addOns, attention }: StackDescription): string {
  const layers = attention.flatMap((layer) => [
    `${layer.name}  ${layer.queries} x ${layer.keys}, ${layer.heads} x ${layer.headSize}`,
    `  ${[layer.op, ...layer.layers].join(' > ')}  ${formatBytes(layer.peakBytes)}, without layers ${formatBytes(layer.baseBytes)}`,
    ...layer.rejected.map(({ op, reasons }) => `  not ${op}: ${reasons.join('; ')}`),
  ]);
  return [`${model} (${family}) on ${device}: ${attention.length} attention layers`, ...addOns, ...layers].join('\n');
}
