/** The basics of accessibility, read off the page as it is: what a rule engine checks first, without one. */
import type { Page } from "playwright-core";

/** Every breach found, as a sentence; none is `[]`. Contrast is WCAG 2.2 AA: 4.5, and 3 for large text. */
export const auditPage = (page: Page): Promise<string[]> => page.evaluate(audit);

/** Runs in the page, so everything it uses is inside it. */
function audit(): string[] {
  const isShown = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const shown = (selector: string): Element[] => [...document.querySelectorAll(selector)].filter(isShown);
  const describe = (element: Element): string => `<${element.tagName.toLowerCase()}> "${element.textContent.trim().slice(0, 40)}"`;

  const unlabelled = shown("input, select, textarea")
    .filter((field) => (field as HTMLInputElement).labels?.length === 0 && !field.hasAttribute("aria-label"))
    .map((field) => `${describe(field)} has no label`);
  const nameless = shown("button, a")
    .filter((control) => control.textContent.trim() === "" && !control.hasAttribute("aria-label"))
    .map((control) => `${describe(control)} has no name`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `the id ${id} is there twice`);
  const dangling = [...document.querySelectorAll("[aria-labelledby]")]
    .filter((element) => document.getElementById(element.getAttribute("aria-labelledby") ?? "") === null)
    .map((element) => `${describe(element)} is labelled by nothing`);
  const imagesWithoutAlt = shown("img:not([alt])").map((image) => `${describe(image)} has no alt`);
  const page = [
    ...(document.documentElement.lang === "" ? ["the page has no language"] : []),
    ...(shown("h1").length === 1 ? [] : ["there is not exactly one h1"]),
    ...(shown("main").length === 1 ? [] : ["there is not exactly one main"]),
    ...(document.documentElement.scrollWidth > window.innerWidth
      ? [`it scrolls sideways: ${document.documentElement.scrollWidth} px`]
      : []),
  ];

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (layers: string[]): number[] => {
    if (canvas === null) return [0, 0, 0];
    for (const layer of layers) {
      canvas.fillStyle = layer;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const backgroundsOf = (element: Element | null): string[] =>
    element === null ? ["#fff"] : [...backgroundsOf(element.parentElement), getComputedStyle(element).backgroundColor];
  const luminance = (rgb: number[]): number => {
    const [red = 0, green = 0, blue = 0] = rgb.map((channel) =>
      channel <= 10.31 ? channel / 3294.6 : ((channel / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrastOf = (element: Element): number => {
    const layers = backgroundsOf(element);
    const [back, text] = [luminance(paint(layers)), luminance(paint([...layers, getComputedStyle(element).color]))];
    return (Math.max(back, text) + 0.05) / (Math.min(back, text) + 0.05);
  };
  const hasOwnText = (element: Element): boolean =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? "").trim() !== "");
  const root = document.querySelector("dialog[open]") === null ? "body *" : "dialog[open] *";
  const faint = shown(root)
    .filter((element) => hasOwnText(element) && element.closest(":disabled, .skip, noscript") === null)
    .filter((element) => contrastOf(element) < (Number.parseFloat(getComputedStyle(element).fontSize) >= 24 ? 3 : 4.5))
    .map((element) => `${describe(element)} has a contrast of ${contrastOf(element).toFixed(2)}`);

  return [...page, ...unlabelled, ...nameless, ...repeated, ...dangling, ...imagesWithoutAlt, ...faint];
}
