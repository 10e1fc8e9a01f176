/** The phone page's elements: found, made, and changed only where they differ. */

export function element<T extends Element>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as unknown as T;
}

/** Sets text only when it differs, so that live regions speak of changes alone. */
export function say(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function show(target: Element, visible: boolean): void {
  (target as HTMLElement).hidden = !visible;
}

/** A new element with properties, and with texts and elements in it. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

/** What sighted people see and nobody needs to hear. */
export function silent<T extends Element>(made: T): T {
  made.setAttribute("aria-hidden", "true");
  return made;
}

/** An outline in a box of 100 by 100. */
export function drawing(path: string, className: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("class", className);
  const outline = document.createElementNS(space, "path");
  outline.setAttribute("d", path);
  outline.setAttribute("fill-rule", "evenodd");
  svg.append(outline);
  return silent(svg);
}
