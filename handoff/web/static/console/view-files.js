// Files: in the transcript, and all of a customer's on the card.

import { h, icon } from "./dom.js";
import { language, t } from "./language.js";
import { section } from "./view-parts.js";

const SIDES = [320, 300]; // px of a picture in the transcript
const MEGA = 1e6;

/** A message's files; one that is still on its way has no `id` and is told by its name. */
export function fileNodes(files) {
  return (files ?? []).map((file) => h("div", { class: "file" }, fileNode(file)));
}

/** The card's section with what the customer has sent, newest first; null when there is nothing. */
export function filesSection(messages) {
  const files = messages.filter(({ author }) => author === "customer").flatMap(({ files: sent }) => sent ?? []).reverse();
  if (!files.length) return null;
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  return section(
    t("card.files"),
    pictures.length > 0 && h("ul", { class: "thumbnails" }, pictures.map((file) => h("li", {}, opener(file, thumbnail(file))))),
    others.map((file) => h("div", { class: "file" }, row(file))),
  );
}

function fileNode(file) {
  if (!file.id) return pendingRow(file);
  if (isPicture(file)) return opener(file, picture(file));
  if (!file.content_type.startsWith("audio/")) return row(file);
  return h("audio", { controls: true, preload: "metadata", src: address(file), "aria-label": t("file.audio", { name: file.name }) });
}

function isPicture({ content_type: type }) {
  return type.startsWith("image/");
}

function address({ id }) {
  return `/console/api/files/${encodeURIComponent(id)}`;
}

function opener(file, content) {
  return h("a", { href: address(file), target: "_blank", rel: "noopener", class: "picture", title: t("file.open", { name: file.name }) }, content);
}

function picture(file) {
  const { width, height } = file;
  const scale = Math.min(1, SIDES[0] / width, SIDES[1] / height);
  return h("img", { src: address(file), alt: alt(file), loading: "lazy", width: Math.round(width * scale), height: Math.round(height * scale) });
}

function thumbnail(file) {
  return h("img", { src: address(file), alt: alt(file), loading: "lazy", width: 72, height: 72 });
}

function alt({ name }) {
  return t("file.picture", { name });
}

function row(file) {
  return h("a", { href: address(file), download: file.name, class: "paper", title: t("file.save") }, ...label(file));
}

function pendingRow(file) {
  return h("span", { class: "paper" }, ...label(file));
}

function label({ name, size }) {
  return [icon("clip"), h("span", { class: "paper-name", dir: "auto" }, name), h("span", { class: "paper-size" }, amount(size))];
}

function amount(size) {
  if (size < MEGA) return `${Math.ceil(size / 1000)} kB`;
  return `${new Intl.NumberFormat(language(), { maximumFractionDigits: 1 }).format(size / MEGA)} MB`;
}
