import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Connection, noAnswer } from "./connection.ts";
import type { HttpAnswer } from "./http-answer.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
let server: Server | undefined;

afterEach(() => server?.close());

/** A server that does with its n-th request what `answer` says. */
async function serve(answer: (socket: Socket, request: number) => void): Promise<Connection> {
  let requests = 0;
  const listening = createServer((socket) => socket.on("data", () => answer(socket, (requests += 1))).on("error", () => undefined));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return new Connection({ host: "127.0.0.1", port: (listening.address() as AddressInfo).port });
}

const ask = (connection: Connection): Promise<HttpAnswer> => new Promise((resolve) => connection.send("GET / HTTP/1.1\r\n\r\n", resolve));

describe("Connection", () => {
  it("asks again on the same socket", async () => {
    const sockets = new Set<Socket>();
    const connection = await serve((socket) => {
      sockets.add(socket);
      socket.write(ok);
    });
    expect([await ask(connection), await ask(connection)]).toMatchObject([{ status: 200 }, { status: 200, body: "ok" }]);
    expect(sockets.size).toBe(1);
    connection.close("done");
  });

  it("an answer may come in pieces", async () => {
    const connection = await serve((socket) => {
      socket.write(ok.slice(0, 30));
      setImmediate(() => socket.write(ok.slice(30)));
    });
    expect(await ask(connection)).toMatchObject({ status: 200, body: "ok" });
    connection.close("done");
  });

  it("a connection that was closed without a word is asked once more, and no more", async () => {
    const healed = await serve((socket, request) => (request === 1 ? socket.destroy() : socket.write(ok)));
    expect(await ask(healed)).toMatchObject({ status: 200 });
    healed.close("done");
    server?.close();
    const broken = await serve((socket) => socket.destroy());
    expect(await ask(broken)).toMatchObject({ status: noAnswer });
  });

  it("half an answer is no answer, and is not asked again", async () => {
    let requests = 0;
    const connection = await serve((socket, request) => {
      requests = request;
      socket.end(ok.slice(0, 30));
    });
    expect(await ask(connection)).toMatchObject({ status: noAnswer });
    expect(requests).toBe(1);
  });

  it("closing it finishes what is under way without an answer", async () => {
    const connection = await serve(() => undefined);
    const asked = ask(connection);
    connection.close("no answer in time");
    expect(await asked).toEqual({ status: noAnswer, body: "no answer in time", closes: true });
  });
});
