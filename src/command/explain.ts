import { inForceBy, type Ask } from '../explain/asked.ts';
import { explainObject } from '../explain/explain-object.ts';
import { explainRequest } from '../explain/explain-request.ts';
import type { InForce } from '../explain/in-force.ts';
import { readObjectName } from '../explain/object-name.ts';
import { objectLines } from '../explain/object-text.ts';
import { requestLines } from '../explain/request-text.ts';
import { readRequest } from '../explain/request.ts';
import { formatFileProblem, printable } from '../file/file-problem.ts';
import { AskFault, askReplicas } from './ask-replicas.ts';
import type { Surroundings } from './command.ts';
import type { Place } from './place.ts';
import type { Terminal } from './terminal.ts';

export interface ExplainOptions extends Place {
  /** URL of a request, or an object as `kind/namespace/name`. */
  readonly subject: string;
  readonly request: string;
  readonly header: readonly string[];
  /** `namespace/name`; undefined: any. */
  readonly gateway: string | undefined;
  readonly output: 'text' | 'json';
  /** Manifests that are translated here, instead of a running Sluice; undefined: none. */
  readonly files: string | undefined;
}

interface Explained {
  readonly value: unknown;
  readonly lines: readonly string[];
}

export async function explain(options: ExplainOptions, { terminal, signal }: Surroundings): Promise<number> {
  const { subject, output, files } = options;
  const fail = (line: string): number => {
    terminal.err(`sluice: explain: ${printable(line)}`);
    return 2;
  };
  const wanted = await wantedOf(options);
  if (typeof wanted === 'string') return fail(wanted);
  const answer = async (ask: Ask): Promise<Explained | undefined> => wanted(inForceBy(ask));
  let explained: Explained | undefined;
  try {
    explained =
      files === undefined
        ? await answer(await askReplicas('explain', options, terminal, signal))
        : await offline(files, answer, terminal);
  } catch (error) {
    if (error instanceof AskFault) return fail(error.message);
    throw error;
  }
  if (explained === undefined) return fail(`there is no ${subject}, as far as Sluice knows`);
  const { value, lines } = explained;
  terminal.out(
    output === 'json'
      ? `${JSON.stringify(value, undefined, 2)}\n`
      : lines.map((line) => `${printable(line)}\n`).join(''),
  );
  return 0;
}

/** Returns how to explain the subject; a text says what is wrong with it. */
async function wantedOf({
  subject,
  request: method,
  header,
  gateway,
}: ExplainOptions): Promise<string | ((inForce: InForce) => Promise<Explained | undefined>)> {
  if (subject.includes('://')) {
    const read = readRequest(subject, method, header);
    if (read.kind === 'invalid') return read.message;
    const { request } = read;
    return async (inForce) => {
      const value = await explainRequest(inForce, subject, request, gateway);
      return { value, lines: requestLines(value) };
    };
  }
  const { kindNames } = await import('../run/in-force/kind-names.ts');
  const object = readObjectName(subject, kindNames);
  if (object === undefined) {
    return `${JSON.stringify(subject)} is neither a URL, such as http://a.example/path, nor KIND/NAMESPACE/NAME, such as httproute/default/app`;
  }
  return async (inForce) => {
    const value = await explainObject(inForce, object);
    return value && { value, lines: objectLines(value) };
  };
}

async function offline(
  path: string,
  answer: (ask: Ask) => Promise<Explained | undefined>,
  terminal: Terminal,
): Promise<Explained | undefined> {
  // Imported on demand: a command that asks a running Sluice translates nothing.
  const [{ readManifests }, { askOffline }] = await Promise.all([
    import('../file/read-manifests.ts'),
    import('../run/in-force/ask-offline.ts'),
  ]);
  const manifests = await readManifests(path);
  for (const problem of manifests.problems) terminal.err(formatFileProblem(problem));
  const found = await askOffline(manifests, answer);
  if (found === 'late') throw new AskFault('the translation takes too long: split the manifests');
  return found;
}
