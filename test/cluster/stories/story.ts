import type { SoakPorts } from '../../rig/load/scenario.ts';

/** One of the failures that must be impossible, played on a cluster. */
export interface Story {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly options: readonly StoryOption[];
  /** Adds what the bed does not have to the folder of its programs. */
  readonly prepare?: (options: StoryOptions, bin: string) => Promise<void>;
  /** Within the bed's network. Ends what it starts, however it ends; its objects are in namespaces of its own. */
  readonly run: (ports: SoakPorts, options: StoryOptions) => Promise<void>;
}

/** Describes what of a story can be chosen, as `--name value`. */
export interface StoryOption {
  readonly name: string;
  readonly default: string;
  /** Holds what there is to choose from; a whole number where there is nothing. */
  readonly values?: readonly string[];
  /** A few words for people. */
  readonly meaning: string;
}

/** A value for each of a story's options. */
export class StoryOptions {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** Returns the options, the default of the story for one that is not given, or a line about what is wrong. */
  static of(story: Story, given: Readonly<Record<string, string | undefined>>): StoryOptions | string {
    const values = new Map(story.options.map((option) => [option.name, option.default]));
    for (const [name, value = ''] of Object.entries(given)) {
      const option = story.options.find((one) => one.name === name);
      if (option === undefined) return `${story.name} has no option --${name}`;
      const { values: known } = option;
      if (known === undefined ? !/^\d{1,7}$/.test(value) : !known.includes(value)) {
        return `--${name} is ${known === undefined ? 'a whole number' : `one of ${known.join(', ')}`}`;
      }
      values.set(name, value);
    }
    return new StoryOptions(values);
  }

  text(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`no option --${name}`);
    return value;
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}
