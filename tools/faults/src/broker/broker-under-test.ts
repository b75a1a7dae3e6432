/** A broker that is started, killed and started again on the same data, and whose wall clock can be set. */
export interface BrokerUnderTest {
  readonly port: number;
  /** Resolves, with what it said last, when it ends although nobody killed it. */
  readonly crash: Promise<string>;
  /** Whether `kill` lets it say something yet, such as that it shuts down. */
  readonly lingers: boolean;
  /** What it said last, over all its starts. */
  readonly said: string;
  /** Resolves when it takes connections; rejects, with what it said, when it does not. Does nothing once it is removed. */
  start(): Promise<void>;
  /** Ends it as `kill -9` does, and resolves when it is gone. */
  kill(): Promise<void>;
  /** From now on its wall clock is real time plus `offset` ms; also after a start. Resolves when it is so. */
  setClock(offset: number): Promise<void>;
  /** Kills it and removes its data. */
  remove(): Promise<void>;
}
