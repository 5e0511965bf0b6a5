import { configOptions, type ConfigOption } from './options.ts';

/** Returns the Markdown of `docs/config.md` and `sluice config reference`. */
export function configReference(): string {
  const sections = Map.groupBy(configOptions(), ({ path }) => path.split('.')[0] ?? '');
  const tables = [...sections].map(([name, options]) => `## ${name}\n\n${options.map(entry).join('\n')}`);
  return `${introduction}\n${tables.join('\n\n')}\n`;
}

const introduction = `# Config file

Made by \`sluice config reference\` from the table in \`src/config\`; edit that table, not this page.

\`sluice serve --config sluice.yaml\` reads one YAML file. The smallest:

\`\`\`yaml
provider:
  type: file
  file:
    directory: manifests
\`\`\`

An unknown option, a value out of bounds or a broken rule ends the start with one line that names file, line and option,
and exit code 2. \`sluice config schema\` prints a JSON Schema for editors.

The file is followed while Sluice runs. *Live* options take effect when it changes; the others keep their running value
until a restart, and one log line names them. A broken edit changes nothing: it is one log line, and the last good config
stays in force.
`;

function entry({ path, type, byDefault, help, live }: ConfigOption): string {
  const isEmpty = byDefault === '' || typeof byDefault === 'object';
  const shown = isEmpty ? 'empty' : `\`${String(byDefault)}\``;
  const preset = byDefault === undefined ? 'required' : `default ${shown}`;
  return `- **\`${path}\`** (${type}; ${preset}; ${live ? 'live' : 'restart'}): ${help}`;
}
