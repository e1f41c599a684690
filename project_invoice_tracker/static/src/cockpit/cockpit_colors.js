/** One colour means one thing on the whole page. */
export const COLORS = {
    ready: "#2fb3a0",
    requests: "#8481dd",
    draft: "#b48ac6",
    unpaid: "#3188e6",
    planned: "#c3c8d4",
    billed: "#3188e6",
    at_work: "#7fb8ad",
    absent: "#f1b36b",
};

/** From fresh to old, of work and of what is due. */
export const WORK_AGES = ["#2fb3a0", "#f2c94c", "#f2994a", "#d9475c"];
export const UNPAID_AGES = ["#3188e6", "#f2c94c", "#f2994a", "#e0605e", "#a3273c"];
