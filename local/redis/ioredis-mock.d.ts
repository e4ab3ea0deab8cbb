/** ioredis-mock brings no types; it is the interface of ioredis over an engine in this process. */
declare module "ioredis-mock" {
  import type { Redis, RedisOptions } from "ioredis";
  const RedisMock: new (options?: RedisOptions) => Redis;
  export default RedisMock;
}
