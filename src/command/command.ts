import type { Terminal } from './terminal.ts';

/** An argument or a flag of a command. */
export interface Input<T> {
  /** Arguments are told apart by their order. */
  readonly as: 'argument' | 'flag';
  /** Name of the value in the help, such as `FILE`; absent for a flag without a value. */
  readonly value?: string;
  /** A letter for a flag, as in `-o`. */
  readonly short?: string;
  readonly help: string;
  /** Shown in the help. */
  readonly byDefault?: string;
  readonly isRequired?: true;
  readonly repeats?: true;
  /** Values that a shell proposes: a list, or paths, folders, or names of commands. */
  readonly completes?: 'path' | 'folder' | 'command' | readonly string[];
  /** Reads the texts of the command line, in order; none where it is absent. */
  readonly read: (texts: readonly string[]) => Read<T>;
}

export type Read<T> = { readonly kind: 'value'; readonly value: T } | Problem;

/** Says what a value must be, such as `must be json or yaml`. */
export interface Problem {
  readonly kind: 'problem';
  readonly line: string;
}

export interface Surroundings {
  readonly terminal: Terminal;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly details: string;
  /** By name; a flag's name is `xdsPort` for `--xds-port`. */
  readonly inputs: Readonly<Record<string, Input<unknown>>>;
  /** Reads the texts of the command line, by name of the input. */
  readonly bind: (texts: ReadonlyMap<string, readonly string[]>) => Bound | Problem;
}

export interface Bound {
  readonly kind: 'bound';
  readonly input: unknown;
  /** Resolves to the exit code. */
  run(surroundings: Surroundings): Promise<number>;
}

interface CommandDef<I> {
  readonly name: string;
  readonly summary: string;
  readonly details: string;
  readonly inputs: { readonly [K in keyof I]: Input<I[K]> };
  readonly run: (input: I, surroundings: Surroundings) => Promise<number>;
}

/** Gives `run` the values of `inputs` with their types. */
export function command<I extends object>(def: CommandDef<I>): Command {
  return {
    ...def,
    bind(texts) {
      const input: Partial<I> = {};
      for (const name of Object.keys(def.inputs) as (keyof I & string)[]) {
        const { as, value, read } = def.inputs[name];
        const result = read(texts.get(name) ?? []);
        if (result.kind === 'problem') {
          const subject = as === 'flag' ? `--${flagName(name)}` : (value ?? name);
          return { kind: 'problem', line: `${def.name}: ${subject} ${result.line}` };
        }
        input[name] = result.value;
      }
      return { kind: 'bound', input, run: (surroundings) => def.run(input as I, surroundings) };
    },
  };
}

/** `xdsPort`: `xds-port`. */
export function flagName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function argumentsOf({ inputs }: Command): readonly (readonly [name: string, Input<unknown>])[] {
  return Object.entries(inputs).filter(([, { as }]) => as === 'argument');
}

export function flagsOf({ inputs }: Command): readonly (readonly [name: string, Input<unknown>])[] {
  return Object.entries(inputs).filter(([, { as }]) => as === 'flag');
}
