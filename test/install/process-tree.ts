import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The process and its descendants, in any session. */
export function processTree(root: number): readonly number[] {
  const parents = process.platform === 'linux' ? fromProc() : fromPs();
  const tree = [root];
  // Grows during the loop.
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

function fromProc(): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The name in brackets may hold anything; state and parent follow it.
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      parents.set(Number(name), Number(parent));
    } catch {
      // It has ended meanwhile.
    }
  }
  return parents;
}

function fromPs(): ReadonlyMap<number, number> {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const lines = stdout.matchAll(/(\d+)\s+(\d+)/g);
  return new Map([...lines].map(([, pid, parent]) => [Number(pid), Number(parent)]));
}
