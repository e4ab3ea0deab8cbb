/** Headers that make a browser careful with what we send. There is no CORS: no other origin's page may read an answer. */
import { secureHeaders } from "hono/secure-headers";

/** The console and the API documents load only what this origin serves; their libraries style elements in place. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    objectSrc: ["'none'"],
  },
  xFrameOptions: "DENY",
});
