'use strict';
// Draws every <figure class="chart"> from the JSON inside it. Colours are read from the style sheet
// each time, so that light, dark and paper each get their own.
(function () {
  const HEIGHT = {strip: 92, shares: 230, lines: 200, bars: 220, diagonal: 340};
  const figures = [...document.querySelectorAll('figure.chart')].map(figure => ({
    figure,
    plot: figure.querySelector('.plot'),
    data: JSON.parse(figure.querySelector('script').textContent),
    chart: null,
  }));

  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const step = x => x.length > 1 ? Math.min(...x.slice(1).map((v, i) => v - x[i])) : 1;
  const two = n => String(n).padStart(2, '0');
  const clock = (ts, seconds) => {
    const d = new Date(ts * 1e3);
    return two(d.getUTCHours()) + ':' + two(d.getUTCMinutes()) + (seconds ? ':' + two(d.getUTCSeconds()) : '');
  };
  const round = (v, n) => v == null ? '' : (+v).toFixed(n);

  function axis(extra) {
    return Object.assign({
      stroke: css('--soft'),
      grid: {stroke: css('--line'), width: 1},
      ticks: {stroke: css('--line'), width: 1},
      font: '12px system-ui, "DejaVu Sans", sans-serif',
      labelFont: '12px system-ui, "DejaVu Sans", sans-serif',
    }, extra);
  }

  function options(data, width) {
    const wide = step(data.x);
    const strip = data.kind === 'strip';
    const shares = data.kind === 'shares';
    const diagonal = data.kind === 'diagonal';
    const xRange = diagonal ? [0, 1]
        : data.time ? [data.x[0], data.x[data.x.length - 1] + (strip || shares ? wide : 0)]
        : [data.x[0] - wide / 2, data.x[data.x.length - 1] + wide / 2];
    return {
      width,
      height: HEIGHT[data.kind],
      tzDate: ts => uPlot.tzDate(new Date(ts * 1e3), 'Etc/UTC'),
      cursor: {y: diagonal, drag: {x: false, y: false}, sync: data.time ? {key: 'time'} : undefined},
      legend: {show: true, live: !strip},
      scales: {
        x: {time: data.time, range: () => xRange},
        y: {range: strip || shares || diagonal ? [0, 1] : (u, min, max) => [0, (max || 1) * 1.08]},
      },
      axes: [
        axis(Object.assign({size: 34}, data.time ? {space: 60, values: (u, ticks, axis, space, every) =>
            ticks.map(ts => clock(ts, every < 60))} : {label: data.xTitle, labelSize: 18})),
        axis(strip ? {size: 56, values: () => [], grid: {show: false}, ticks: {show: false}}
          : {size: 56, values: (u, ticks) => ticks.map(
            v => shares ? Math.round(v * 100) + ' %' : v.toLocaleString('en'))}),
      ],
    };
  }

  function draw(entry) {
    const {data, plot} = entry;
    if (entry.chart) entry.chart.destroy();
    const width = Math.max(200, plot.clientWidth);
    const o = options(data, width);
    const cell = uPlot.paths.bars({size: [1, Infinity], align: 1, gap: 0});
    const stepped = uPlot.paths.stepped({align: 1});
    const time = {label: data.time ? 'at' : data.xTitle,
      value: (u, v) => v == null ? '' : data.time ? clock(v, true) + ' UTC' : round(v, 3)};
    let columns = data.series.map(s => s.values);
    if (data.kind === 'shares') {
      // The sum up to each series; the tallest is drawn first and covered by those below it.
      const sums = data.x.map(() => 0);
      columns = columns.map(values => values.map(
          (v, i) => v == null ? null : (sums[i] += v)));
      o.series = [time, ...data.series.map((s, i) => ({
        label: s.label, fill: css(s.colour), stroke: css(s.colour), width: 0, paths: stepped,
        points: {show: false}, value: (u, v, k, at) => at == null ? ''
            : Math.round((data.series[i].values[at] || 0) * 100) + ' %',
      }))];
      o.series = [o.series[0], ...o.series.slice(1).reverse()];
      columns.reverse();
      // A shared last value, so that the last window is as wide as the others.
      const x = [...data.x, data.x[data.x.length - 1] + step(data.x)];
      columns = columns.map(c => [...c, c[c.length - 1]]);
      entry.chart = new uPlot(o, [x, ...columns], plot);
      return;
    }
    o.series = [
      time,
      ...data.series.map(s => ({
        label: s.label,
        stroke: css(s.colour),
        fill: data.kind === 'strip' || data.kind === 'bars' ? css(s.colour) : undefined,
        width: data.kind === 'strip' ? 0 : 2,
        spanGaps: data.kind === 'lines' && !s.points,
        paths: data.kind === 'strip' ? cell : data.kind === 'bars' ? uPlot.paths.bars({size: [.7, 60]})
            : s.points ? () => null : undefined,
        points: {show: s.points, size: 9, fill: css(s.colour), stroke: css(s.colour)},
        value: (u, v) => data.kind === 'strip' ? '' : round(v, 2),
      })),
    ];
    if (data.kind === 'diagonal') {
      o.hooks = {drawClear: [u => {
        u.ctx.save();
        u.ctx.strokeStyle = css('--soft');
        u.ctx.setLineDash([6, 6]);
        u.ctx.beginPath();
        u.ctx.moveTo(u.bbox.left, u.bbox.top + u.bbox.height);
        u.ctx.lineTo(u.bbox.left + u.bbox.width, u.bbox.top);
        u.ctx.stroke();
        u.ctx.restore();
      }]};
    }
    entry.chart = new uPlot(o, [data.x, ...columns], plot);
  }

  const drawAll = () => figures.forEach(draw);
  drawAll();
  document.documentElement.dataset.charts = figures.length;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  matchMedia('print').addEventListener('change', drawAll);
  let pending = 0;
  addEventListener('resize', () => { cancelAnimationFrame(pending); pending = requestAnimationFrame(drawAll); });
})();
