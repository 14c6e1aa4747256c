// Times, numbers and names as a reader of the chosen language expects them.

import { language, t } from "./language.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in words, `seconds` rounded down: "45 sn", "12 dk", "2 sa 5 dk", "3 gün". */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return t("time.seconds", { n: whole });
  if (whole < HOUR) return t("time.minutes", { n: Math.floor(whole / MINUTE) });
  if (whole < DAY) return t("time.hours", { h: Math.floor(whole / HOUR), m: Math.floor((whole % HOUR) / MINUTE) });
  return t("time.days", { n: Math.floor(whole / DAY) });
}

/** As `duration`, but seconds stay: for a countdown, `seconds` rounded up. */
export function countdown(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(whole / MINUTE);
  const rest = t("time.seconds", { n: whole % MINUTE });
  return minutes ? `${t("time.minutes", { n: minutes })} ${rest}` : rest;
}

export function secondsSince(iso, now = Date.now()) {
  return (now - Date.parse(iso)) / 1000;
}

export function clockTime(iso) {
  return new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** "Bugün", "Dün" or the date. */
export function dayName(iso, now = new Date()) {
  const day = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(day)) / (DAY * 1000));
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  return date(iso);
}

function startOfDay(day) {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}

/** A date; one without a clock time ("2026-11-22") is taken as that calendar day everywhere. */
export function date(iso) {
  const plain = /^\d{4}-\d{2}-\d{2}$/.test(iso);
  const day = new Date(plain ? `${iso}T00:00:00` : iso);
  const sameYear = day.getFullYear() === new Date().getFullYear();
  return new Intl.DateTimeFormat(language(), {
    day: "numeric",
    month: "short",
    year: sameYear ? undefined : "numeric",
  }).format(day);
}

export function dateTime(iso) {
  return `${date(iso)} ${clockTime(iso)}`;
}

export function percent(fraction) {
  return new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 0 }).format(fraction);
}

export function money(amount, currency) {
  return new Intl.NumberFormat(language(), { style: "currency", currency }).format(Number(amount));
}

/** "Ayşe Yılmaz", or "Ziyaretçi 7F3A" for somebody who gave no name. */
export function customerName(conversation) {
  return conversation.customer?.name || `${t("customer.visitor")} ${shortId(conversation.id)}`;
}

export function shortId(id) {
  return String(id).replaceAll(/[^A-Za-z0-9]/g, "").slice(-4).toUpperCase();
}
