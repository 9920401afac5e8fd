/* A click on a bar of a stratification leads to its loans; the table beside it has the same links. */
function follow(box) {
  const source = document.getElementById(box.dataset.source);
  const { hrefs } = JSON.parse(source.textContent);
  const chart = hrefs && window.echarts ? window.echarts.getInstanceByDom(box) : null;
  if (!chart || box.dataset.follows) return;
  box.dataset.follows = "1";
  chart.on("click", (hit) => { window.location.href = hrefs[hit.dataIndex]; });
}

function followAll() {
  document.querySelectorAll('[data-chart="bars"]').forEach(follow);
}

window.addEventListener("load", () => window.setTimeout(followAll, 0));
