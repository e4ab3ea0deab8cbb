/** /v1/events: what has happened, as it is also delivered. */
import { z } from "zod";
import { noSuch, parseParams } from "./api-error.ts";
import { answered, type Books, type Outcome } from "./books.ts";
import type { Form } from "./form.ts";
import { createdSchema, listOf, pageSchemas } from "./lists.ts";

const listSchema = z.strictObject({ ...pageSchemas, created: createdSchema });

export function listEvents(books: Books, params: Form): Outcome {
  const { created, ...page } = parseParams(listSchema, params);
  return answered(listOf(books.ledger, "event", { page, query: created, url: "/v1/events" }));
}

export function retrieveEvent(books: Books, _params: Form, id: string): Outcome {
  const event = books.ledger.find("event", id);
  if (event === undefined) throw noSuch("event", id, "id");
  return answered(event);
}
