import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { helpText, usageOf } from '../src/command/help.ts';
import { commands } from '../src/command/table.ts';

const file = join(import.meta.dirname, 'commands.md');

/** Texts of the page, as it is and as the table of commands gives it. */
export function commandsPage(): { readonly written: string; readonly wanted: string } {
  const written = readFileSync(file, 'utf8');
  return {
    written,
    wanted: [
      ['summary', table()] as const,
      [
        'help',
        commands.map(({ name }) => `### sluice ${name}\n\n\`\`\`text\n${helpText(name)}\`\`\``).join('\n\n'),
      ] as const,
    ].reduce((page, [section, text]) => replaced(page, section, text), written),
  };
}

/** A pipe would end the cell. */
function table(): string {
  const rows = commands.map(
    (command) => `| \`${usageOf(command).replaceAll('|', String.raw`\|`)}\` | ${command.summary} |`,
  );
  return ['| command | purpose |', '|---|---|', ...rows].join('\n');
}

function replaced(page: string, section: string, text: string): string {
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  return page.replace(new RegExp(`${begin}[\\s\\S]*${end}`), () => `${begin}\n\n${text}\n\n${end}`);
}

if (import.meta.main) writeFileSync(file, commandsPage().wanted);
