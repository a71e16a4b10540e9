import { resolve } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { filterNames, filters, isNetworkPath, type FilterSource, type NetworkPath } from '../../contract/filters.ts';
import { saveAtomically } from '../../studio/files/atomic-save.ts';
import { encodePng } from '../../studio/files/encode-png.ts';
import { nodeFileSystem } from '../../studio/files/file-system.ts';
import { checkPictureBytes } from '../../studio/files/picture-kind.ts';
import type { Command } from './command.ts';
import { EngineSession } from './engine-session.ts';
import { readInputFile } from './read-recipe.ts';
import { planTargets } from './targets.ts';
import { choiceOption, numberOption, parseOptions, UsageError } from './usage.ts';

export const filterCommand: Command = {
  help: {
    usage: 'strata filter NAME|NETWORK.onnx PICTURE -o FILE.png [--PARAMETER NUMBER ...]',
    summary: `Turns a picture into one that a control model takes. A network in an ONNX file (Depth Anything, HED, line art, normals, DWPose) is told by its\ninputs and outputs. The filters and their parameters:\n\n${filterList()}`,
    options: [['-o, --output FILE.png', 'Where to save the result']],
    examples: [
      'strata filter canny photo.jpg -o edges.png --low 60 --high 140',
      'strata filter depth_anything_v2_small.onnx photo.jpg -o depth.png',
      'strata generate "a house" --control lines=edges.png -o house.png',
    ],
  },

  async run(args, { output, isVerbose }) {
    const [first, ...rest] = args;
    if (first === undefined) throw new UsageError(`filter needs a name: ${filterNames.join(', ')}.`);
    const filter = filterOption(first);
    const { picture, target, values } = readArguments(filter, rest);
    const [file] = planTargets(target, [0]);
    checkPictureBytes(await readInputFile(resolve(picture)));
    await using engine = new EngineSession(output, { isVerbose });
    const request = { kind: 'filter', filter, values, picture, assets: { [picture]: resolve(picture) } } as const;
    const { value, buffers } = await engine.request(request);
    const [rgb] = buffers;
    if (!rgb || file === undefined) throw new AppError('protocolError', 'The engine must answer with a picture; it sent none.');
    await saveAtomically(nodeFileSystem, file, [await encodePng({ ...value, rgb })]);
    output.result('picture', { file, filter, ...value }, `${file}  ${value.width}x${value.height}`);
    return 0;
  },
};

/** @throws UsageError */
function filterOption(text: string): FilterSource {
  return isNetworkPath(text) ? (resolve(text) as NetworkPath) : choiceOption('The filter', text, filterNames);
}

function readArguments(filter: FilterSource, args: readonly string[]) {
  const parameters = isNetworkPath(filter) ? [] : filters[filter].parameters;
  const options = Object.fromEntries(parameters.map(({ name }) => [name, { type: 'string' as const }]));
  const { values, positionals } = parseOptions(args, { ...options, output: { type: 'string', short: 'o' } });
  const [picture, ...extra] = positionals;
  if (picture === undefined || extra.length > 0) throw new UsageError(`filter ${filter} takes one picture; found ${positionals.length}.`);
  const texts = values as Readonly<Record<string, string | undefined>>;
  if (texts['output'] === undefined) throw new UsageError('filter needs -o FILE.png to save the result.');
  const given = parameters.flatMap(({ name, min, max }) => {
    const text = texts[name];
    return text === undefined ? [] : [[name, numberOption(`--${name}`, text, { min, max })] as const];
  });
  return { picture, target: texts['output'], values: Object.fromEntries(given) };
}

function filterList(): string {
  return filterNames
    .map((name) => {
      const { hint, parameters } = filters[name];
      const numbers = parameters.map(
        (parameter) => `    --${parameter.name} ${parameter.min} to ${parameter.max}, by default ${parameter.default}: ${parameter.hint}`,
      );
      return [`  ${name}: ${hint}`, ...numbers].join('\n');
    })
    .join('\n');
}
