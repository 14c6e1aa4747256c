// Refusals in words (docs/protocol.md, "Errors").

import { countdown } from "./format.js";
import { t } from "./language.js";

const PLAIN = ["network", "illegal_transition", "stale_epoch", "message_empty", "forbidden", "not_found", "original_gone", "case_closed", "not_ready", "not_authenticated", "origin_refused", "shop_unavailable", "file_type_refused", "file_broken"];

/** The sentence an agent reads for a refused request: an ApiError or what is kept of one, `{code, fields}`. */
export function errorText({ code, fields = {} }) {
  const name = fields.holder?.name;
  if (code === "already_claimed") return name ? t("error.already_claimed", { name }) : t("error.already_claimed_unknown");
  if (code === "not_holder") return name ? t("error.not_holder_named", { name }) : t("error.not_holder");
  if (code === "message_too_long") return t("error.message_too_long", { limit: fields.limit });
  if (code === "file_too_large") return t("error.file_too_large", { limit: Math.floor(fields.limit / 2 ** 20) });
  if (code === "rate_limited") return t("error.rate_limited", { wait: countdown(fields.retry_after) });
  if (PLAIN.includes(code)) return t(`error.${code}`);
  return t("error.unknown", { code });
}
