import type { SoakPorts } from '../../rig/load/scenario.ts';

/** A failure that must be impossible, played on a cluster. */
export interface Story {
  readonly name: string;
  readonly title: string;
  readonly options: readonly StoryOption[];
  readonly prepare?: (options: StoryOptions) => Promise<void>;
  /** Ends what it starts, on errors too; its objects are in namespaces of its own. */
  readonly run: (ports: SoakPorts, options: StoryOptions) => Promise<void>;
}

/** A story's option, as `--name value`. */
export interface StoryOption {
  readonly name: string;
  readonly default: string;
  /** Allowed values; undefined: a whole number. */
  readonly values?: readonly string[];
  readonly meaning: string;
}

export class StoryOptions {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** Returns a text when an option is wrong; missing ones get the story's default. */
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
