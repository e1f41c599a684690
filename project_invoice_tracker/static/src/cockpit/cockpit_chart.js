/* global Chart */

import { Component, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { cookie } from "@web/core/browser/cookie";

const TOTALS_FONT = 11;

/** Writes the sum of each stack above its bars. */
const stackTotals = {
    id: "stackTotals",
    afterDatasetsDraw(chart, _args, options) {
        if (!options.format) {
            return;
        }
        const { ctx, data, scales } = chart;
        ctx.save();
        ctx.fillStyle = options.color;
        ctx.font = `600 ${TOTALS_FONT}px ${Chart.defaults.font.family}`;
        ctx.textAlign = "center";
        ctx.textBaseline = "bottom";
        data.labels.forEach((_label, index) => {
            const amounts = data.datasets.map((dataset) => dataset.data[index] || 0);
            const top = amounts.filter((amount) => amount > 0).reduce((a, b) => a + b, 0);
            if (top) {
                const total = amounts.reduce((a, b) => a + b, 0);
                const y = scales.y.getPixelForValue(top) - 3;
                ctx.fillText(options.format(total), scales.x.getPixelForValue(index), y);
            }
        });
        ctx.restore();
    },
};

/** A bar chart of the cockpit: stacked, upright, each part opens what is behind it. */
export class CockpitChart extends Component {
    static template = "project_invoice_tracker.CockpitChart";
    static props = {
        label: String, // what a screen reader says
        labels: Array,
        series: Array, // {name, color, amounts}
        format: Function, // of a value in the tooltip
        short: Function, // of a value on an axis
        onSelect: { type: Function, optional: true }, // (series index, label index)
        small: { type: Boolean, optional: true }, // neither axis nor totals
        axis: { type: Boolean, optional: true },
        className: { type: String, optional: true },
    };
    static defaultProps = { small: false, axis: true, className: "" };

    setup() {
        this.canvasRef = useRef("canvas");
        useEffect(
            () => this.draw(),
            () => [JSON.stringify([this.props.labels, this.props.series])]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        this.chart = new Chart(this.canvasRef.el, {
            type: "bar",
            data: { labels: this.props.labels, datasets: this.datasets() },
            options: this.options(),
            plugins: [stackTotals],
        });
    }

    datasets() {
        return this.props.series.map((series) => ({
            label: series.name,
            data: series.amounts,
            backgroundColor: series.color,
            borderRadius: 3,
            maxBarThickness: 56,
            categoryPercentage: 0.8,
            barPercentage: this.props.small ? 1 : 0.9,
        }));
    }

    options() {
        const dark = cookie.get("color_scheme") === "dark";
        const ink = dark ? "#c7cad3" : "#5f636f";
        const { small, axis, format, short } = this.props;
        return {
            maintainAspectRatio: false,
            animation: { duration: 250 },
            layout: { padding: { top: small ? 2 : 18 } },
            interaction: { mode: "index", intersect: false },
            onHover: (ev, elements) => {
                const pointer = this.props.onSelect && elements.length;
                ev.native.target.style.cursor = pointer ? "pointer" : "";
            },
            onClick: (ev) => this.select(ev),
            plugins: {
                legend: { display: false },
                tooltip: {
                    filter: (item) => item.raw !== 0,
                    callbacks: {
                        label: (item) => ` ${item.dataset.label}: ${format(item.raw)}`,
                    },
                },
                stackTotals: { format: small ? null : short, color: ink },
            },
            scales: {
                x: {
                    stacked: true,
                    display: !small,
                    grid: { display: false },
                    border: { display: false },
                    ticks: { color: ink, maxRotation: 0, autoSkipPadding: 8 },
                },
                y: {
                    stacked: true,
                    display: !small && axis,
                    border: { display: false },
                    grid: { color: dark ? "#3c3e4b" : "#e9ebf0" },
                    ticks: { color: ink, maxTicksLimit: 5, callback: (v) => short(v) },
                },
            },
        };
    }

    select(ev) {
        const [element] = this.chart.getElementsAtEventForMode(
            ev,
            "nearest",
            { intersect: true },
            false
        );
        if (element && this.props.onSelect) {
            this.props.onSelect(element.datasetIndex, element.index);
        }
    }
}
