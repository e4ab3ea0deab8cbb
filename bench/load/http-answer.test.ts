import { describe, expect, it } from "vitest";
import { readAnswer } from "./http-answer.ts";

const withLength = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"a":"bcd"}';
const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\nA\r\n0123456789\r\n0\r\n\r\n";

describe("readAnswer", () => {
  it.each([
    ["by its length", withLength, { status: 201, body: '{"a":"bcd"}', closes: false }],
    ["in chunks", chunked, { status: 200, body: "abcd0123456789", closes: false }],
    ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", closes: false }],
    ["and closes", "HTTP/1.1 503 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", { status: 503, body: "", closes: true }],
  ])("reads an answer %s", (_name, text, answer) => {
    expect(readAnswer(text)).toEqual(answer);
  });

  it.each([withLength, chunked])("is undefined for every beginning of an answer: %#", (text) => {
    for (let length = 0; length < text.length; length += 1) expect(readAnswer(text.slice(0, length))).toBeUndefined();
  });

  it("throws for an answer that does not say where it ends", () => {
    expect(() => readAnswer("HTTP/1.1 200 OK\r\n\r\nabc")).toThrow("without a length");
    expect(() => readAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")).toThrow("chunk");
  });
});
