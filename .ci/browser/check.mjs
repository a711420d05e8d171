// Opens the HTML report in a real browser, as a person would: looks, filters, unfolds by keyboard, prints.
// usage: node check.mjs REPORT.html FOLDER-FOR-PICTURES
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [report, pictures] = process.argv.slice(2);
const address = pathToFileURL(report).href;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"],
});

/// A page, with everything that it said and asked for.
async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = [];
  const asked = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(address);
  return { page, said, asked };
}

const shown = (page) => page.locator("details[data-connection]:visible").count();

/// The least contrast of any text on its own background, by WCAG's formula.
const contrast = (page) =>
  page.evaluate(() => {
    const light = (text) => {
      const [r, g, b] = text.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
      const linear = [r, g, b].map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const color = getComputedStyle(at).backgroundColor;
        if (!color.endsWith(", 0)") && color !== "transparent") return color;
      }
      return "rgb(255, 255, 255)";
    };
    const texts = [...document.querySelectorAll("p, code, b, a, span, dt, dd, th, button:not(:disabled), h1, h2")];
    const ratios = texts.filter((one) => one.checkVisibility() && one.textContent.trim()).map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
      return { ratio: (a + 0.05) / (b + 0.05), text: one.outerHTML.slice(0, 80) };
    });
    return ratios.sort((x, y) => x.ratio - y.ratio)[0];
  });

for (const colorScheme of ["light", "dark"]) {
  const { page, said, asked } = await open({ colorScheme, viewport: { width: 1200, height: 900 } });
  const all = await shown(page);
  assert.ok(all >= 5, `${all} connections`);

  await page.getByRole("button", { name: /fail$/ }).click();
  const failing = await shown(page);
  assert.ok(failing > 0 && failing < all, `${failing} of ${all} fail`);
  assert.equal(await page.getByRole("status").textContent(), `${failing} of ${all} shown`);
  await page.getByRole("button", { name: /fail$/ }).click();

  await page.getByRole("searchbox").fill("mirror");
  assert.ok((await shown(page)) < all);
  await page.getByRole("searchbox").fill("no such connection");
  assert.equal(await shown(page), 0);
  await page.getByRole("searchbox").fill("");
  assert.equal(await shown(page), all);

  // By keyboard alone: to a connection, open it, to a verdict in it, open that.
  const first = page.locator("details[data-connection]").first();
  await first.locator("> summary").focus();
  await page.keyboard.press("Enter");
  assert.ok(await first.evaluate((one) => one.open));
  for (let step = 0; step < 20; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.matches("details.cell > summary"))) break;
  }
  await page.keyboard.press("Space");
  assert.equal(await first.locator("details.cell[open]").count(), 1);
  assert.ok(await first.locator("details.cell[open] .evidence, details.cell[open] p").first().isVisible());

  await page.getByRole("button", { name: "Unfold all" }).click();
  assert.equal(await page.locator("details:not([open])").count(), 0);
  const least = await contrast(page);
  assert.ok(least.ratio >= 4.5, `${colorScheme}: contrast ${least.ratio.toFixed(2)} of ${least.text}`);
  await page.getByRole("button", { name: "Fold all" }).click();

  await page.screenshot({ path: join(pictures, `report-${colorScheme}.png`), fullPage: true });
  assert.deepEqual(said, []);
  assert.deepEqual(asked, [address]);
  await page.context().close();
}

{
  const { page } = await open({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `the page is ${wide} pixels wider than a phone`);
  await page.screenshot({ path: join(pictures, "report-phone.png"), fullPage: true });
  const paper = await page.pdf({ format: "A4" });
  writeFileSync(join(pictures, "report.pdf"), paper);
  assert.ok(paper.length > 10_000);
  await page.context().close();
}

{
  // The policy is what keeps it quiet: what is planted is neither run nor loaded, and the browser says so.
  const { page, said } = await open({});
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.planted = true";
    const image = document.createElement("img");
    image.src = "https://outside.example/a.png";
    document.body.append(script, image);
  });
  await page.waitForFunction(() => document.images.length === 1 && document.images[0].complete);
  assert.equal(await page.evaluate(() => window.planted), undefined);
  assert.equal(said.filter((line) => line.includes("Content Security Policy")).length, 2, said.join("\n"));
}

await browser.close();
console.log("the report was looked at in light, dark, on a phone and on paper");
