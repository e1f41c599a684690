import { formatCurrency } from "@web/core/currency";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { formatFloat } from "@web/core/utils/numbers";

const { DateTime } = luxon;

/** Money as one reads it at a glance: no cents where thousands matter. */
export function money(amount, currencyId) {
    const whole = Math.abs(amount) >= 1000;
    return formatCurrency(amount, currencyId, whole ? { digits: [16, 0] } : {});
}

/** Money to the cent, for whoever looks twice. */
export function exactMoney(amount, currencyId) {
    return formatCurrency(amount, currencyId);
}

/** A number for an axis: 12k. */
export function short(value) {
    if (Math.abs(value) < 1000) {
        return formatFloat(value, { digits: [16, 0] });
    }
    return formatFloat(value, { humanReadable: true, decimals: 0, minDigits: 1 });
}

export function hours(value) {
    return `${formatFloat(value, { digits: [16, 1], trailingZeros: false })} h`;
}

export function day(value) {
    return value ? formatDate(deserializeDate(value)) : "";
}

/** A day of this year or the next, as short as it can be: 7 Dec. */
export function shortDay(value) {
    return value ? deserializeDate(value).toLocaleString({ day: "numeric", month: "short" }) : "";
}

export function monthName(key) {
    return DateTime.fromISO(`${key}-01`).toFormat("LLL");
}

export function percent(part, whole) {
    return whole ? Math.round((100 * part) / whole) : 0;
}

/** How many days lie between two days. */
export function daysBetween(from, to) {
    return Math.round(deserializeDate(to).diff(deserializeDate(from), "days").days);
}
