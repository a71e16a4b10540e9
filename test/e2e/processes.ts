import { execFileSync } from 'node:child_process';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Kills the descendants of a process whose command line holds the text, without warning; answers how many they were. */
export function killDescendants(ancestor: number, text: string): number {
  const all = processes();
  const family = new Set([ancestor]);
  // Children come after their parents in the list only as a rule: again until nothing is added.
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  const victims = all.filter(({ pid, command }) => pid !== ancestor && family.has(pid) && command.includes(text));
  for (const { pid } of victims) process.kill(pid, 'SIGKILL');
  return victims.length;
}
