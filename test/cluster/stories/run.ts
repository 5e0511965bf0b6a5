import { parseArgs } from 'node:util';
import { LiveLine } from '../../rig/load/live-line.ts';
import { measure, missed, tableOf } from '../../rig/load/measure.ts';
import { startBed } from '../bed-process.ts';
import { stories } from './stories.ts';
import { StoryOptions, type Story } from './story.ts';

/** `npm run story -- NAME [--OPTION VALUE]…`. Exit 1: the story fails; 2: no such story or option. */
async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (['', '--help', '-h'].includes(name)) return usage(name === '' ? 2 : 0);
  const story = stories.find((one) => one.name === name);
  if (story === undefined) {
    process.stderr.write(`story: there is no story ${name}; npm run story names them all\n`);
    return 2;
  }
  const options = optionsOf(story, args);
  if (typeof options === 'string') {
    process.stderr.write(`story: ${options}\n`);
    return 2;
  }
  if (process.env[withinBed] !== undefined) return await play(story, options);
  const bed = await startBed('story', story.prepare?.bind(story, options));
  if (bed === undefined) return 1;
  const command = [process.execPath, import.meta.filename, name, ...args];
  const code = await bed.exec(['env', `${withinBed}=yes`, ...command]);
  await bed.close();
  return code;
}

/** Marks the process inside the bed. */
const withinBed = 'SLUICE_STORY_WITHIN_BED';

async function play(story: Story, options: StoryOptions): Promise<number> {
  // Children are ended at `exit`, which a signal alone does not cause.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  process.stdout.write(`${story.name}: ${story.title}\n`);
  const line = new LiveLine();
  const figures = await measure({ name: story.name, run: (ports) => story.run(ports, options) }, line.show);
  line.end();
  const wrong = missed(figures);
  process.stdout.write(`${tableOf(figures)}\n\n`);
  const verdict = wrong.length === 0 ? 'holds' : `does NOT hold: ${wrong.map((one) => one.name).join('; ')}`;
  process.stdout.write(`${story.name} ${verdict}\n`);
  return wrong.length === 0 ? 0 : 1;
}

function optionsOf(story: Story, args: readonly string[]): StoryOptions | string {
  const known = Object.fromEntries(story.options.map(({ name }) => [name, { type: 'string' as const }]));
  try {
    return StoryOptions.of(story, parseArgs({ args: [...args], options: known }).values);
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
  }
}

function usage(code: number): number {
  const lines = ['Usage: npm run story -- NAME [--OPTION VALUE]...', ''];
  for (const { name, title, options } of stories) {
    lines.push(`${name}: ${title}`);
    for (const { name: option, default: chosen, values, meaning } of options)
      lines.push(`  --${option} ${values?.join('|') ?? 'N'}  ${meaning} (${chosen})`);
    lines.push('');
  }
  (code === 0 ? process.stdout : process.stderr).write(lines.join('\n'));
  return code;
}

process.exitCode = await main(process.argv.slice(2));
