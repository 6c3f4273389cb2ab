package dev.parley.console.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The pages in Chromium, as people with a keyboard, a phone and a dark room see them. Screenshots
 * are left in target/screenshots. {@code -Dparley.chromium} names the program.
 */
@QuarkusTest
@QuarkusTestResource(Infrastructure.class)
class BrowserTest {

  private static final Path SCREENSHOTS = Path.of("target/screenshots");

  private static final String ANSWER =
      "Dry it right after washing and put a thin film of oil on it.\\n\\n1. Wash it with hot water"
          + " and a brush; a little soap does no harm.\\n2. Dry it on the stove over a low flame for"
          + " two minutes.\\n3. Rub in a few drops of a neutral oil while it is warm.\\n\\nIf rust has"
          + " formed already, scour it off with steel wool and season the pan again in the oven at"
          + " 230 °C for an hour.";

  private static Playwright playwright;
  private static Browser browser;

  @TestHTTPResource URI site;

  @BeforeAll
  static void launch() {
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(
                        Path.of(System.getProperty("parley.chromium", "/usr/bin/chromium")))
                    .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")));
  }

  @AfterAll
  static void close() {
    browser.close();
    playwright.close();
  }

  private String study(String settings) throws Exception {
    StringBuilder pairs = new StringBuilder();
    for (int pair = 1; pair <= 12; pair++) {
      pairs.append(
          "{\"prompt\": [{\"role\": \"system\", \"content\": \"Answer briefly.\"}, {\"role\": \"user\", \"content\": \"Question %d: how do I keep my cast-iron pan from rusting?\"}], \"answer_a\": \"%s\", \"answer_b\": \"Never wash it. If there is rust, throw the pan away, since rust is poisonous.\", \"model_a\": \"my-ppo\", \"model_b\": \"my-sft\"}\n"
              .formatted(pair, ANSWER));
    }
    String name = "Household-" + UUID.randomUUID().toString().substring(0, 4);
    String answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        site.resolve(
                            "/api/studies?instructions=Choose+the+answer+that+you+would+rather+be+given.&name="
                                + name
                                + settings))
                    .header("Authorization", "Bearer " + Infrastructure.OWNERS_TOKEN)
                    .POST(BodyPublishers.ofString(pairs.toString()))
                    .build(),
                BodyHandlers.ofString())
            .body();
    return answer.replaceAll(".*\"id\":(\\d+).*", "/studies/$1");
  }

  private Page signedIn(BrowserContext context, String name) {
    Page page = context.newPage();
    page.onPageError(
        error -> {
          throw new AssertionError(error);
        });
    page.navigate(site.resolve("/sign-in#token=" + Infrastructure.OWNERS_TOKEN).toString());
    page.getByLabel("Your name").fill(name);
    page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in")).click();
    return page;
  }

  private static void shoot(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  private static BrowserContext desk(ColorScheme colours) {
    return browser.newContext(
        new Browser.NewContextOptions().setViewportSize(1280, 800).setColorScheme(colours));
  }

  @Test
  void aStudyIsJudgedWithTheKeyboardAndItsResultsAreShown() throws Exception {
    String study = study("&overlap=2&graded=true");
    for (String name : List.of("Anna", "Ben")) {
      try (BrowserContext context = desk(ColorScheme.LIGHT)) {
        Page page = signedIn(context, name);
        assertThat(page).hasTitle("Studies – Parley");
        shoot(page, "studies");
        page.navigate(site.resolve(study + "/compare").toString());
        shoot(page, "compare-desktop");
        for (int pair = 1; pair <= 12; pair++) {
          assertThat(page.getByText("Question " + pair + ":")).isVisible();
          page.keyboard().press(pair % 5 == 0 ? "3" : pair % 4 == 0 ? "5" : "1");
        }
        assertThat(page.getByText("All done")).isVisible();
        shoot(page, "done");
        page.navigate(site.resolve(study).toString());
        page.screenshot(
            new Page.ScreenshotOptions()
                .setFullPage(true)
                .setPath(SCREENSHOTS.resolve("results.png")));
      }
    }
  }

  @Test
  void undoAndAReasonNeedNoMouse() throws Exception {
    String study = study("");
    try (BrowserContext context = desk(ColorScheme.DARK)) {
      Page page = signedIn(context, "Cleo");
      page.navigate(site.resolve(study + "/compare").toString());
      page.keyboard().press("r");
      page.keyboard().type("123 skip");
      page.keyboard().press("Escape");
      page.keyboard().press("1");
      assertThat(page.getByText("Question 2:")).isVisible();
      page.keyboard().press("u");
      assertThat(page.getByText("Question 1:")).isVisible();
      assertThat(page.getByRole(AriaRole.STATUS)).containsText("Taken back");
      page.keyboard().press("p");
      assertThat(page.getByRole(AriaRole.ALERT)).containsText("Say in the field");
      shoot(page, "compare-dark");
    }
  }

  @Test
  void aPhoneShowsAllButtonsAndNothingBesideTheScreen() throws Exception {
    String study = study("&graded=true");
    try (BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions()
                .setViewportSize(390, 844)
                .setDeviceScaleFactor(2)
                .setIsMobile(true)
                .setHasTouch(true))) {
      Page page = signedIn(context, "Dora");
      page.navigate(site.resolve(study + "/compare").toString());
      shoot(page, "compare-phone");
      Object overhang =
          page.evaluate(
              "document.documentElement.scrollWidth - document.documentElement.clientWidth");
      assertThat(((Number) overhang).intValue()).isZero();
      for (Locator button : page.locator("button.choice").all()) {
        assertThat(button).isInViewport();
        assertThat(button.boundingBox().height).as("wide enough for a thumb").isGreaterThan(40);
      }
      page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("A is much better"))
          .tap();
      assertThat(page.getByText("Question 2:")).isVisible();
      page.navigate(site.resolve(study).toString());
      page.screenshot(
          new Page.ScreenshotOptions()
              .setFullPage(true)
              .setPath(SCREENSHOTS.resolve("results-phone.png")));
    }
  }
}
