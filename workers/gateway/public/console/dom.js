/**
 * The only place that makes elements. What comes from the wire becomes text nodes and attribute values, never markup,
 * so a product's name can hold any character and stays a name.
 */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>} Props */

/**
 * Makes an element. A function among the props is a listener for the event of that name; true sets a bare attribute;
 * null, undefined and false leave the attribute out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(element, name, value);
  element.append(...children.filter(isShown));
  return element;
}

/** @param {Child} child @returns {child is Node | string} */
const isShown = (child) => child !== null && child !== undefined && child !== false;

/** @param {Element} element @param {string} name @param {Props[string]} value */
function setProp(element, name, value) {
  if (typeof value === "function") element.addEventListener(name, value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
}

/**
 * The element with this id, which index.html holds.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  return expect(document.getElementById(id), kind, `#${id}`);
}

/**
 * The element inside `root` that is marked `data-part=name`.
 *
 * @template {HTMLElement} Kind
 * @param {HTMLElement} root
 * @param {string} name
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function part(root, name, kind) {
  return expect(root.querySelector(`[data-part="${name}"]`), kind, `[data-part=${name}]`);
}

/**
 * @template {HTMLElement} Kind
 * @param {Element | null} element
 * @param {new () => Kind} kind
 * @param {string} what
 * @returns {Kind}
 */
function expect(element, kind, what) {
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} ${what}`);
  return element;
}

/**
 * Replaces the children only when `signature` is another than last time, so that a poll that brings nothing new
 * neither moves the focus nor makes a screen reader speak.
 *
 * @param {HTMLElement} element
 * @param {string} signature
 * @param {() => Child[]} children
 */
export function renderWhenChanged(element, signature, children) {
  if (element.dataset["signature"] === signature) return;
  element.dataset["signature"] = signature;
  element.replaceChildren(...children().filter(isShown));
}

/**
 * Makes the children of `container` those of `items`, keeping the element of an item that stays: its focus, its open
 * form and its scroll position live on.
 *
 * @template Item
 * @param {HTMLElement} container
 * @param {readonly Item[]} items
 * @param {{ keyOf: (item: Item) => string, create: (item: Item) => HTMLElement, update: (element: HTMLElement, item: Item) => void }} row
 */
export function renderKeyed(container, items, row) {
  const existing = new Map(
    [...container.children].map((child) => [/** @type {HTMLElement} */ (child).dataset["key"], /** @type {HTMLElement} */ (child)]),
  );
  const wanted = new Set(items.map(row.keyOf));
  for (const [key, element] of existing) if (key === undefined || !wanted.has(key)) element.remove();
  items.forEach((item, index) => {
    const element = existing.get(row.keyOf(item)) ?? row.create(item);
    element.dataset["key"] = row.keyOf(item);
    row.update(element, item);
    const current = container.children[index] ?? null;
    if (current !== element) container.insertBefore(element, current);
  });
}
