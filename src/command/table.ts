import type { Command } from './command.ts';
import { certgen } from './commands/certgen.ts';
import { collect } from './commands/collect.ts';
import { completion } from './commands/completion.ts';
import { config } from './commands/config.ts';
import { diff } from './commands/diff.ts';
import { explain } from './commands/explain.ts';
import { get } from './commands/get.ts';
import { help } from './commands/help.ts';
import { importCommand } from './commands/import.ts';
import { infrastructure } from './commands/infrastructure.ts';
import { proxies } from './commands/proxies.ts';
import { serve } from './commands/serve.ts';
import { standalone } from './commands/standalone.ts';
import { status } from './commands/status.ts';
import { top } from './commands/top.ts';
import { translate } from './commands/translate.ts';
import { version } from './commands/version.ts';

/** Every command. Help, docs/commands.md, completion and the command line use only this table. */
export const commands: readonly Command[] = [
  serve,
  infrastructure,
  standalone,
  translate,
  status,
  proxies,
  get,
  explain,
  diff,
  top,
  collect,
  importCommand,
  certgen,
  config,
  help,
  version,
  completion,
];

export function commandNamed(name: string): Command | undefined {
  return commands.find((one) => one.name === name);
}
