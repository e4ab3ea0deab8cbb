/**
 * Which orders the list shows. They come from the projection, which is up to a second behind, page by page; the ones
 * placed here come from their actors and are shown at once. Pure.
 */

/** @import { OrderStatus, WireOrder } from "../../console.types.ts" */

/** How many orders are shown at first, and how many more each time that more are asked for. */
export const pageSize = 20;

/**
 * @typedef {object} OrderList
 * @property {number} wanted how many orders are shown: whole pages, as many as were asked for
 * @property {readonly WireOrder[]} orders of the pages read so far, newest first
 * @property {string | null} nextCursor where the pages go on
 * @property {readonly WireOrder[]} placed here, and not yet seen in a page
 */

/** @typedef {{ data: readonly WireOrder[], next_cursor: string | null }} OrderPage */

/** @type {OrderList} */
export const emptyOrderList = { wanted: pageSize, orders: [], nextCursor: null, placed: [] };

/**
 * The newest page was read again. When it holds all that are wanted, it is the list. Otherwise orders older than its last
 * one stay; when it shares no order with what was shown, more came in between than it holds, and the list starts again
 * from it.
 *
 * @param {OrderList} list
 * @param {OrderPage} page
 * @returns {OrderList}
 */
export function withNewestPage(list, page) {
  const last = page.data.at(-1);
  const joins = page.data.some((order) => list.orders.some((known) => known.id === order.id));
  const goesOn = page.next_cursor !== null && page.data.length < list.wanted && joins;
  const older = last !== undefined && goesOn ? list.orders.filter((order) => compareNewestFirst(order, last) > 0) : [];
  const newer = page.data.map((order) => newerOf(order, [...list.orders, ...list.placed]));
  return {
    wanted: list.wanted,
    orders: [...newer, ...older],
    nextCursor: older.length > 0 ? list.nextCursor : page.next_cursor,
    placed: notIn(page, list.placed),
  };
}

/** The page after the last one was read. @param {OrderList} list @param {OrderPage} page @returns {OrderList} */
export function withNextPage(list, page) {
  const known = new Set(list.orders.map((order) => order.id));
  const next = page.data.filter((order) => !known.has(order.id)).map((order) => newerOf(order, list.placed));
  return { ...list, orders: [...list.orders, ...next], nextCursor: page.next_cursor, placed: notIn(page, list.placed) };
}

/**
 * More orders were asked for. What was asked for before and is not there yet comes first.
 *
 * @param {OrderList} list
 * @param {OrderStatus | null} status
 * @returns {OrderList}
 */
export const withMoreWanted = (list, status) =>
  visibleOrders(list, status).length < list.wanted ? list : { ...list, wanted: list.wanted + pageSize };

/** An order as its actor has it now. @param {OrderList} list @param {WireOrder} order @returns {OrderList} */
export function withOrder(list, order) {
  if (list.orders.some((known) => known.id === order.id)) {
    return { ...list, orders: list.orders.map((known) => newerOf(known, [order])) };
  }
  const before = list.placed.find((placed) => placed.id === order.id);
  const newest = before === undefined ? order : newerOf(before, [order]);
  return { ...list, placed: [newest, ...list.placed.filter((placed) => placed.id !== order.id)] };
}

/** @param {OrderList} list @param {OrderStatus | null} status null: all @returns {WireOrder[]} newest first, as many as are wanted */
export const visibleOrders = (list, status) => matching(list, status).sort(compareNewestFirst).slice(0, list.wanted);

/** @param {OrderList} list @param {OrderStatus | null} status @returns {boolean} whether there are orders that are not shown */
export const hasMore = (list, status) => list.nextCursor !== null || matching(list, status).length > list.wanted;

/** @param {OrderList} list @param {OrderStatus | null} status */
const matching = (list, status) => [...list.placed, ...list.orders].filter((order) => status === null || order.status === status);

/** @param {OrderPage} page @param {readonly WireOrder[]} orders */
const notIn = (page, orders) => orders.filter((order) => !page.data.some((read) => read.id === order.id));

/** @param {WireOrder} order @param {readonly WireOrder[]} candidates @returns {WireOrder} the highest version of it that is known */
const newerOf = (order, candidates) =>
  candidates.reduce((newest, candidate) => (candidate.id === order.id && candidate.version > newest.version ? candidate : newest), order);

/** @param {WireOrder} left @param {WireOrder} right */
const compareNewestFirst = (left, right) => compareText(right.created_at, left.created_at) || compareText(right.id, left.id);

/** By code unit: timestamps are UTC with milliseconds, so their texts sort as they do. @param {string} left @param {string} right */
const compareText = (left, right) => (left < right ? -1 : left > right ? 1 : 0);
