import type { Progress } from '../../contract/reports.ts';

/** `1.9 GiB`, with the unit that fits. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `3.2 s`, `1 min 05 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** What is known of the speed: `1.2 s a step, 20 s left`. */
function pace(progress: Progress): string {
  const { secondsPerStep, secondsLeft } = progress;
  if (secondsPerStep === null) return '';
  const left = secondsLeft === null || progress.step >= progress.steps ? '' : `, ${formatSeconds(secondsLeft)} left`;
  return `${formatSeconds(secondsPerStep)} a step${left}`;
}

/** One line for a log: `Drawing: step 3 of 20, 1.2 s a step, 20 s left`. */
export function progressText(progress: Progress): string {
  const step = progress.steps > 1 ? `: step ${progress.step} of ${progress.steps}` : '';
  return [`${progress.stage}${step}`, pace(progress)].filter((part) => part !== '').join(', ');
}

const barWidth = 24;

/** One line for a terminal, with a bar, cut to its columns. */
export function progressBar(progress: Progress, columns: number): string {
  if (progress.steps <= 1) return `${progress.stage}…`.slice(0, columns);
  const filled = Math.round((barWidth * Math.min(progress.step, progress.steps)) / progress.steps);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const text = [`${progress.stage} ${bar} ${progress.step}/${progress.steps}`, pace(progress)].filter((part) => part !== '').join('  ');
  return text.slice(0, Math.max(1, columns));
}

/** Words with commas, in lines of at most `width`. */
export function wordLines(words: readonly string[], width: number): string {
  const lines = [''];
  words.forEach((word, index) => {
    const text = index < words.length - 1 ? `${word},` : word;
    const line = `${lines.at(-1)} ${text}`.trimStart();
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(text);
  });
  return lines.join('\n');
}
