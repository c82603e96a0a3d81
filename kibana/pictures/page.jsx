// Draws one dashboard, as DashboardsIT wrote it: panels on Kibana's grid of 48 columns, each with the
// rows that a real Elasticsearch answered.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { Axis, AreaSeries, BarSeries, Chart, LineSeries, Position, ScaleType, Settings,
  LEGACY_LIGHT_THEME } from '@elastic/charts';
import css from '@elastic/charts/dist/theme_only_light.css';

const ROW = 20;
const CELL = 1264 / 48;
const dashboard = window.DASHBOARD;

const style = document.createElement('style');
style.textContent = css + `
body{margin:0;background:#f6f9fc;font:13px system-ui,"DejaVu Sans",sans-serif;color:#1a1c21}
h1{font-size:18px;margin:10px 12px 8px}
.panel{position:absolute;background:#fff;border:1px solid #d3dae6;border-radius:6px;overflow:hidden;padding:6px 8px;
 display:flex;flex-direction:column;box-sizing:border-box}
.panel h2{font-size:13px;margin:0 0 4px;font-weight:600}
.body{flex:1;min-height:0;position:relative}
table{border-collapse:collapse;width:100%;font-size:12px}
th,td{text-align:right;padding:2px 6px;border-bottom:1px solid #e6ebf2;white-space:nowrap}
th.l,td.l{text-align:left}
.big{font-size:38px;font-weight:700;display:flex;align-items:center;justify-content:center;height:100%}
.xy{height:100%;display:flex;flex-direction:column}
.chart{flex:1;min-height:0;position:relative}
.legend{font-size:11px;display:flex;flex-wrap:wrap;gap:0 10px;padding-left:10px}
.legend i{display:inline-block;width:8px;height:8px;border-radius:50%;margin-right:4px}
.none{color:#98a2b3;text-align:center;padding-top:2em}
.md a{color:#0b64dd;margin-right:4px;text-decoration:none}`;
document.head.append(style);

function format(column, value) {
  if (value == null) return '–';
  const f = column.params?.format;
  if (f?.id === 'percent') return (value * 100).toFixed(f.params?.decimals ?? 0) + ' %';
  if (f?.id === 'bytes') {
    const unit = value >= 1e9 ? [1e9, 'GB'] : value >= 1e6 ? [1e6, 'MB'] : value >= 1e3 ? [1e3, 'KB'] : [1, 'B'];
    return (value / unit[0]).toFixed(f.params?.decimals ?? 0) + ' ' + unit[1];
  }
  if (f?.id === 'number') return value.toLocaleString('en', {maximumFractionDigits: f.params?.decimals ?? 0});
  return value.toLocaleString('en', {maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0});
}
const text = (column, value) => value === '(none)' ? '(missing value)' : String(value);

function Table({panel}) {
  const shown = panel.visualization.columns.map(c => c.columnId);
  return <table><thead><tr>{shown.map(id =>
    <th key={id} className={panel.columns[id].isBucketed ? 'l' : ''}>{panel.columns[id].label}</th>)}</tr></thead>
    <tbody>{panel.rows.slice(0, 10).map((row, i) => <tr key={i}>{shown.map(id =>
      <td key={id} className={panel.columns[id].isBucketed ? 'l' : ''}>
        {panel.columns[id].isBucketed ? text(panel.columns[id], row[id]) : format(panel.columns[id], row[id])}
      </td>)}</tr>)}</tbody></table>;
}

function Xy({panel}) {
  const layer = panel.visualization.layers[0];
  const x = layer.xAccessor;
  const time = x && panel.columns[x].operationType === 'date_histogram';
  const horizontal = layer.seriesType === 'bar_horizontal';
  const percentage = layer.seriesType === 'bar_percentage_stacked';
  const stacked = layer.seriesType.includes('stacked');
  const colours = Object.fromEntries(layer.yConfig.map(c => [c.forAccessor, c.color]));
  const Series = layer.seriesType === 'line' ? LineSeries : layer.seriesType.startsWith('area') ? AreaSeries : BarSeries;
  const first = panel.columns[layer.accessors[0]];
  const palette = ['#54b399', '#6092c0', '#d36086', '#9170b8'];
  let series = layer.accessors.map(id => ({id, name: panel.columns[id].label, colour: colours[id],
    rows: panel.rows.filter(r => r[id] != null).map(r => ({x: x ? r[x] : panel.columns[id].label, y: r[id]}))}));
  if (layer.splitAccessor) {
    const split = [...new Set(panel.rows.map(r => r[layer.splitAccessor]))].sort();
    series = split.map((value, i) => ({id: 's' + i, name: value, colour: palette[i % 4],
      rows: panel.rows.filter(r => r[layer.splitAccessor] === value && r[layer.accessors[0]] != null)
        .map(r => ({x: r[x], y: r[layer.accessors[0]]}))}));
  }
  if (!series.some(s => s.rows.length)) return <p className="none">No results found</p>;
  const tick = v => percentage ? Math.round(v * 100) + ' %' : format(first, v);
  const clock = v => new Date(v).toISOString().slice(11, 16);
  const legend = panel.visualization.legend.isVisible && !(horizontal && !x);
  return <div className="xy"><div className="chart"><Chart>
    <Settings baseTheme={LEGACY_LIGHT_THEME} rotation={horizontal ? 90 : 0} showLegend={false} locale="en" />
    <Axis id="x" position={horizontal ? Position.Left : Position.Bottom} tickFormat={time ? clock : String} />
    <Axis id="y" position={horizontal ? Position.Bottom : Position.Left} tickFormat={tick} ticks={4}
      gridLine={{visible: true}} domain={{min: 0, max: NaN}} />
    {series.map(s => <Series key={s.id} id={s.id} name={s.name} color={s.colour} data={s.rows} timeZone="UTC"
      xScaleType={time ? ScaleType.Time : ScaleType.Ordinal} yScaleType={ScaleType.Linear} xAccessor="x"
      yAccessors={['y']} stackAccessors={stacked || (horizontal && !x) ? ['x'] : undefined}
      stackMode={percentage ? 'percentage' : undefined} areaSeriesStyle={{area: {opacity: .9}, point: {visible: 'never'}}}
      lineSeriesStyle={{point: {visible: 'never'}}} />)}
  </Chart></div>{legend && <div className="legend">{series.map(s =>
    <span key={s.id}><i style={{background: s.colour}} />{s.name}</span>)}</div>}</div>;
}

function Big({panel}) {
  const id = panel.visualization.metricAccessor;
  return <div className="big" style={{color: panel.visualization.color}}>{format(panel.columns[id], panel.rows[0]?.[id])}</div>;
}

function Markdown({source}) {
  const parts = source.split(/(\[[^\]]+\]\([^)]+\))/).map((part, i) => {
    const link = /^\[([^\]]+)\]/.exec(part);
    return link ? <a key={i}>{link[1]}</a> : <span key={i} style={{whiteSpace: 'pre-line'}}>{part}</span>;
  });
  return <div className="md">{parts}</div>;
}

function Panel({panel}) {
  const g = panel.grid;
  const box = {left: 8 + g.x * CELL + 2, top: 44 + g.y * ROW + 2, width: g.w * CELL - 4, height: g.h * ROW - 4};
  const body = panel.markdown ? <Markdown source={panel.markdown} />
    : panel.type === 'lnsMetric' ? <Big panel={panel} />
    : panel.type === 'lnsDatatable' ? <Table panel={panel} /> : <Xy panel={panel} />;
  return <div className="panel" style={box}>{panel.title && <h2>{panel.title}</h2>}<div className="body">{body}</div></div>;
}

createRoot(document.getElementById('root')).render(<>
  <h1>{dashboard.title}</h1>
  {dashboard.panels.map((panel, i) => <Panel key={i} panel={panel} />)}
</>);
