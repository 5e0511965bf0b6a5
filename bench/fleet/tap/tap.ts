/** A message of a control plane to a tap. */
export interface TapMessage {
  /** Arrival of its last byte, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly type: string;
  readonly bytes: Buffer;
  /** Resources in it, without those that it removes. */
  readonly resources: number;
}

/** Versions by type and name, as Envoy names them when it connects again; state of the world has one for each stream. */
export type Versions = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A hand-written xDS client that asks and ACKs as Envoy does, and notes each message. */
export interface RunningTap {
  /** Called with each message, before it is ACKed. */
  onMessage: (message: TapMessage) => void;
  /** Since it was connected, of all types. */
  readonly messages: number;
  readonly bytes: number;
  readonly resources: number;
  /** False while a name that it has asked for has not come; peers leave none out at rest. */
  readonly isComplete: boolean;
  readonly versions: Versions;
  close(): void;
}
