/**
 * One client's connection: a raw socket with one request under way at a time. Nothing else, so that the load generator costs as
 * little of the machine's CPU as it can.
 */
import { connect, type Socket } from "node:net";
import { readAnswer, type HttpAnswer } from "./http-answer.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Status of an order that got no answer; the body says why. */
export const noAnswer = 0;

export class Connection {
  readonly #address: Address;
  #socket: Socket | undefined;
  #received = "";
  #request: string | undefined;
  #retried = false;
  #finish: ((answer: HttpAnswer) => void) | undefined;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Asks, and calls `finish` once: with the answer, or with status `noAnswer`. The one before must be finished. */
  send(request: string, finish: (answer: HttpAnswer) => void): void {
    this.#request = request;
    this.#finish = finish;
    this.#retried = false;
    this.#write();
  }

  /** Opens the socket ahead of the first request. */
  async open(): Promise<void> {
    const socket = this.#connect();
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  }

  /** What is under way is finished with `noAnswer`. */
  close(reason: string): void {
    this.#settle({ status: noAnswer, body: reason, closes: true });
  }

  #write(): void {
    this.#received = "";
    (this.#socket ?? this.#connect()).write(this.#request ?? "", "latin1");
  }

  #connect(): Socket {
    const socket = connect({ ...this.#address, noDelay: true });
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => this.#lost(socket, error.message));
    socket.on("close", () => this.#lost(socket, "the connection was closed"));
    return socket;
  }

  #read(chunk: Buffer): void {
    this.#received += chunk.toString("latin1");
    const answer = readAnswer(this.#received);
    if (answer !== undefined) this.#settle(answer);
  }

  /** A server may close a connection that idles just when it is used again: asked once more, as every HTTP client does. */
  #lost(socket: Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#finish === undefined) return;
    if (this.#retried || this.#received !== "") return this.#settle({ status: noAnswer, body: reason, closes: true });
    this.#retried = true;
    this.#write();
  }

  #settle(answer: HttpAnswer): void {
    const finish = this.#finish;
    this.#finish = undefined;
    if (answer.closes) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    finish?.(answer);
  }
}
