import type { LineageEvent } from './event.ts';

/** Told when events are lost: how many by now, and why. For a person; holds no secret. */
export type OnLost = (events: number, why: string) => void;

/** Where lineage events go. Whatever happens there, a run neither fails of it nor waits for it. */
export interface Outlet {
  /** Takes an event to deliver, in the order in which they come. Returns at once. */
  send(event: LineageEvent, onLost: OnLost): void;
  /** A run has ended: what was taken is worth being made durable. */
  settle(): Promise<void>;
  /** Waits a while for what is still to be delivered; what is not by then is lost. */
  close(): Promise<void>;
}
