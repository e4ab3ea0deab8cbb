/** GET /openapi.json, made from the schemas the routes use, and GET /docs, which shows it with Swagger UI. */
import { createRoute, z } from "@hono/zod-openapi";
import type { GatewayApp } from "../hono.ts";
import { documentBase, jsonContent, untyped } from "../openapi.ts";
import type { GatewayPorts } from "../ports.ts";
import { serveAsset } from "../serve-asset.ts";

const tags = ["running it"];
const html = { "text/html": { schema: z.string() } };

const documentRoute = createRoute({
  method: "get",
  path: "/openapi.json",
  tags,
  summary: "Read this document",
  responses: untyped({ 200: jsonContent(z.looseObject({ openapi: z.string() }), "OpenAPI 3.1") }),
});
const docsRoute = createRoute({
  method: "get",
  path: "/docs",
  tags,
  summary: "Read this document in a browser",
  responses: { 200: { description: "A page", content: html } },
});

/** Inline scripts are against the content security policy, so the start of Swagger UI is a file too. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Holdfast API</title>
    <link rel="stylesheet" href="/docs/vendor/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/vendor/favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/vendor/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const startScript = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: true });\n`;

/** Call after every other route is added: the document is made of those, at its first reading. */
export function addDocsRoutes(app: GatewayApp, { assets }: Pick<GatewayPorts, "assets">): void {
  let document: string | undefined;
  app.openapi(documentRoute, (c) => {
    document ??= JSON.stringify(app.getOpenAPI31Document(documentBase));
    return c.body(document, 200, { "Content-Type": "application/json" });
  });
  app.openapi(docsRoute, (c) => c.html(page));
  app.get("/docs/start.js", (c) => c.body(startScript, 200, { "Content-Type": "text/javascript; charset=utf-8" }));
  app.get("/docs/vendor/*", (c) => serveAsset(c, { assets, path: c.req.path }));
}
