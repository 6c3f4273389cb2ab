package dev.parley.console.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.console.TestDatabase;
import dev.parley.console.database.Database;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.preference.v1.Preference;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.htmlunit.WebClient;
import org.htmlunit.html.DomElement;
import org.htmlunit.html.HtmlButton;
import org.htmlunit.html.HtmlElement;
import org.htmlunit.html.HtmlForm;
import org.htmlunit.html.HtmlPage;
import org.htmlunit.html.HtmlTextArea;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages as a browser shows them, with PostgreSQL and Kafka behind them. */
@QuarkusTest
@QuarkusTestResource(Infrastructure.class)
class PagesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();

  @TestHTTPResource URI site;
  @Inject Database database;
  TestBroker broker;

  private WebClient browser;

  @BeforeEach
  void open() {
    browser = new WebClient();
    browser.getOptions().setThrowExceptionOnFailingStatusCode(false);
    // A mistake in the script fails the test.
    browser.getOptions().setThrowExceptionOnScriptError(true);
  }

  @AfterEach
  void close() {
    browser.close();
  }

  private HtmlPage page(String path) throws IOException {
    return browser.getPage(site.resolve(path).toURL());
  }

  private HtmlPage signIn(String name, String token) throws IOException {
    HtmlPage page = page("/sign-in");
    HtmlForm form = page.getForms().get(0);
    form.getInputByName("name").setValue(name);
    form.getInputByName("token").setValue(token);
    return press(form, "Sign in");
  }

  private static HtmlPage press(HtmlElement within, String label) throws IOException {
    for (HtmlElement button : within.getElementsByTagName("button")) {
      if (button.getTextContent().strip().startsWith(label)) {
        return button.click();
      }
    }
    throw new AssertionError("no button \"" + label + "\" in " + within.asNormalizedText());
  }

  private static HtmlPage press(HtmlPage page, String label) throws IOException {
    return press(page.getBody(), label);
  }

  /** As a person does who does not use the mouse. */
  private static HtmlPage type(HtmlPage page, char key) throws IOException {
    page.getBody().type(key);
    return (HtmlPage) page.getEnclosingWindow().getEnclosedPage();
  }

  private HttpResponse<String> api(String query, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(site.resolve("/api/studies?" + query))
            .header("Authorization", "Bearer " + Infrastructure.OWNERS_TOKEN)
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static String query(String... pairs) {
    return java.util.stream.IntStream.range(0, pairs.length / 2)
        .mapToObj(
            i -> pairs[2 * i] + "=" + URLEncoder.encode(pairs[2 * i + 1], StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private String name() {
    return "study " + UUID.randomUUID();
  }

  private long study(String name, int pairs, String... settings) throws Exception {
    StringBuilder file = new StringBuilder();
    for (int pair = 1; pair <= pairs; pair++) {
      file.append(
          "{\"prompt\": \"Question %d\", \"answer_a\": \"First %d\", \"answer_b\": \"Second %d\", \"model_a\": \"x\", \"model_b\": \"y\"}\n"
              .formatted(pair, pair, pair));
    }
    HttpResponse<String> made =
        api(
            query("name", name) + (settings.length == 0 ? "" : "&" + query(settings)),
            file.toString());
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    return JSON.readTree(made.body()).path("id").asLong();
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(site.resolve(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private String file(long study, String name) throws Exception {
    HttpResponse<String> file =
        get(
            "/studies/" + study + "/" + name,
            "Authorization",
            "Bearer " + Infrastructure.OWNERS_TOKEN);
    assertThat(file.statusCode()).isEqualTo(200);
    return file.body();
  }

  private void letTheHoldPass() {
    TestDatabase.run(database, "update outbox set due_at = due_at - interval '2 minutes'");
    TestDatabase.run(database, "update verdict set given_at = given_at - interval '2 minutes'");
  }

  @Test
  void somebodySignsInJudgesAllPairsAndEachVerdictReachesKafka() throws Exception {
    String name = name();
    long study = study(name, 3);
    HtmlPage studies = signIn("anna", Infrastructure.TOKEN);
    assertThat(studies.asNormalizedText())
        .contains(name, "You have judged 0; 3 pairs wait for you.");

    HtmlPage page = page("/studies/" + study + "/compare");
    assertThat(page.asNormalizedText()).contains("Question 1", "0 of 3", "Answer A", "Answer B");
    assertThat(page.asNormalizedText())
        .as("models are hidden")
        .doesNotContain("model", " x ", " y ");
    HtmlTextArea reason = page.getHtmlElementById("reason");
    reason.setText("It says more.");
    page = press(page, "A is better");
    page = press(page, "About the same");
    assertThat(page.asNormalizedText()).contains("Question 3", "2 of 3");
    page = press(page, "Both are bad");
    assertThat(page.asNormalizedText()).contains("All done", "You have judged 3");

    letTheHoldPass();
    await().until(() -> events(study).size() == 3);
    Preference first = Preference.parseFrom(events(study).get(0).value());
    assertThat(first.getAnnotator()).isEqualTo("anna");
    assertThat(first.getRationale()).isEqualTo("It says more.");
    assertThat(first.getChosen().getMessages(0).getContent()).isIn("First 1", "Second 1");
    assertThat(file(study, "preferences.jsonl").lines()).hasSize(3);
    assertThat(file(study, "battles.jsonl").lines())
        .hasSize(3)
        .last()
        .asString()
        .contains("tie (bothbad)");
  }

  private List<ConsumerRecord<String, byte[]>> events(long study) throws Exception {
    List<String> ids =
        file(study, "verdicts.jsonl")
            .lines()
            .map(PagesTest::json)
            .map(row -> row.path("id").asText())
            .toList();
    return broker.committed(Topics.PREFERENCES).stream()
        .filter(record -> ids.contains(record.key()))
        .toList();
  }

  private static JsonNode json(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }

  @Test
  void keysJudgeAndUndo() throws Exception {
    long study = study(name(), 3, "graded", "true");
    signIn("ben", Infrastructure.TOKEN);
    HtmlPage page = page("/studies/" + study + "/compare");

    page = type(page, '2');
    assertThat(page.asNormalizedText()).contains("Question 2");
    page = type(page, 'u');
    assertThat(page.asNormalizedText()).contains("Question 1", "Taken back");
    page = type(page, '5');
    page = type(page, 's');

    assertThat(page.asNormalizedText()).contains("Question 3");
    letTheHoldPass();
    List<JsonNode> rows = file(study, "verdicts.jsonl").lines().map(PagesTest::json).toList();
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).path("strength").asText()).isEqualTo("much");
    assertThat(rows.get(0).path("choice").asText())
        .as("5 is the answer on the right")
        .isNotEqualTo(rows.get(0).path("left").asText());
    assertThat(rows.get(1).path("choice").asText()).isEqualTo("skip");
  }

  @Test
  void keysAreLettersWhileSomebodyWritesAReason() throws Exception {
    long study = study(name(), 2);
    signIn("cleo", Infrastructure.TOKEN);
    HtmlPage page = page("/studies/" + study + "/compare");
    HtmlTextArea reason = page.getHtmlElementById("reason");

    reason.type("1s");

    assertThat(page.getEnclosingWindow().getEnclosedPage()).isSameAs(page);
    assertThat(reason.getText()).isEqualTo("1s");
  }

  @Test
  void aProblemNeedsWordsAndThePairIsThenShownToNobodyUntilItIsPutBack() throws Exception {
    long study = study(name(), 1, "overlap", "2");
    signIn("dora", Infrastructure.TOKEN);
    HtmlPage page = page("/studies/" + study + "/compare");

    page = type(page, 'p');
    assertThat(page.getElementById("say-what").hasAttribute("hidden")).isFalse();
    ((HtmlTextArea) page.getHtmlElementById("reason")).setText("The answer is cut short.");
    page = press(page, "Report a problem");
    assertThat(page.asNormalizedText()).contains("All done");

    browser.getCookieManager().clearCookies();
    signIn("owner", Infrastructure.OWNERS_TOKEN);
    assertThat(page("/studies/" + study + "/compare").asNormalizedText()).contains("All done");
    HtmlPage results = page("/studies/" + study);
    assertThat(results.asNormalizedText())
        .contains("The answer is cut short.", "1 pair is shown to nobody");
    press(results, "Put back");
    assertThat(page("/studies/" + study + "/compare").asNormalizedText()).contains("Question 1");
  }

  @Test
  void aFormThatIsSentTwiceCountsOnce() throws Exception {
    long study = study(name(), 2);
    signIn("emil", Infrastructure.TOKEN);
    HtmlPage page = page("/studies/" + study + "/compare");
    HtmlButton better = (HtmlButton) button(page, "A is better");

    better.click();
    // As with the browser's way back, or a reply that was lost.
    browser.getOptions().setJavaScriptEnabled(false);
    HtmlPage second = better.click();

    assertThat(second.asNormalizedText())
        .contains("Question 2", "your first verdict stands", "1 of 2");
  }

  private static DomElement button(HtmlPage page, String label) {
    return page.getElementsByTagName("button").stream()
        .filter(button -> button.getTextContent().strip().startsWith(label))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void thePagesWorkWithoutTheScript() throws Exception {
    browser.getOptions().setJavaScriptEnabled(false);
    long study = study(name(), 1);
    signIn("fee", Infrastructure.TOKEN);

    HtmlPage page = press(page("/studies/" + study + "/compare"), "B is better");

    assertThat(page.asNormalizedText()).contains("All done");
  }

  @Test
  void textIsShownAsTextAndNeverRun() throws Exception {
    String evil = "<script>document.title='owned'</script><img src=x onerror=alert(1)>&amp;";
    String row =
        JSON.writeValueAsString(
            Map.of("prompt", evil, "answer_a", "a\n\nb " + evil, "answer_b", "\"'" + evil));
    HttpResponse<String> made =
        api(query("name", "<i>" + UUID.randomUUID(), "instructions", evil), row);
    long study = JSON.readTree(made.body()).path("id").asLong();
    signIn("<b>gero</b>", Infrastructure.OWNERS_TOKEN);

    HtmlPage page = page("/studies/" + study + "/compare");

    assertThat(page.getElementsByTagName("img")).isEmpty();
    assertThat(page.getElementsByTagName("script")).hasSize(1);
    assertThat(page.getTitleText()).startsWith("<i>");
    assertThat(page.querySelector(".prompt .text").getTextContent()).isEqualTo(evil);
    assertThat(page.querySelectorAll(".answer .text"))
        .extracting(node -> node.getTextContent())
        .containsExactlyInAnyOrder("a\n\nb " + evil, "\"'" + evil);
    assertThat(page.getWebResponse().getResponseHeaderValue("Content-Security-Policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
  }

  @Test
  void whoHasNoTokenGetsNoPage() throws Exception {
    HtmlPage refused = signIn("mallory", "a-token-that-is-wrong");

    assertThat(refused.getWebResponse().getStatusCode()).isEqualTo(403);
    assertThat(refused.asNormalizedText()).contains("That is not the token");
    assertThat(page("/").getUrl().getPath()).isEqualTo("/sign-in");
    assertThat(get("/api/studies").statusCode()).isEqualTo(401);
    assertThat(get("/api/studies", "Authorization", "Bearer wrong").statusCode()).isEqualTo(401);
  }

  @Test
  void afterSigningInThePageThatWasAskedForComes() throws Exception {
    long study = study(name(), 1);
    HtmlPage asked = page("/studies/" + study + "/compare");
    HtmlForm form = asked.getForms().get(0);
    form.getInputByName("name").setValue("hans");
    form.getInputByName("token").setValue(Infrastructure.TOKEN);

    assertThat(press(form, "Sign in").asNormalizedText()).contains("Question 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://example.org/", "//example.org/", "/\\example.org", "javascript:1"})
  void signingInLeadsToNoOtherSite(String to) throws Exception {
    HttpResponse<String> answer =
        post("/sign-in", "", "name", "ida", "token", Infrastructure.TOKEN, "to", to);

    assertThat(answer.statusCode()).isEqualTo(303);
    assertThat(answer.headers().firstValue("Location")).contains("/");
  }

  private HttpResponse<String> post(String path, String cookie, String... form) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(site.resolve(path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(query(form)));
    if (!cookie.isEmpty()) {
      request.header("Cookie", cookie);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void theCookieIsForThisSiteAloneAndForNoScript() throws Exception {
    HttpResponse<String> answer =
        post("/sign-in", "", "name", "jana", "token", Infrastructure.TOKEN);

    assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
        .contains("HttpOnly", "SameSite=Lax")
        .doesNotContain("Secure", Infrastructure.TOKEN);
  }

  @Test
  void aFormThatComesFromNoPageOfOursIsRefused() throws Exception {
    long study = study(name(), 1);
    String cookie =
        post("/sign-in", "", "name", "kai", "token", Infrastructure.OWNERS_TOKEN)
            .headers()
            .firstValue("Set-Cookie")
            .orElseThrow()
            .split(";")[0];

    for (String path :
        List.of(
            "/sign-out",
            "/studies/" + study + "/verdicts",
            "/studies/" + study + "/undo",
            "/studies/" + study + "/open",
            "/studies/" + study + "/close",
            "/studies/" + study + "/pairs/1/put-back")) {
      assertThat(post(path, cookie).statusCode()).as(path).isEqualTo(403);
      assertThat(post(path, cookie, "form", "guess").statusCode()).as(path).isEqualTo(403);
    }
    HttpResponse<String> upload =
        http.send(
            HttpRequest.newBuilder(site.resolve("/studies"))
                .header("Content-Type", "multipart/form-data; boundary=x")
                .header("Cookie", cookie)
                .POST(
                    BodyPublishers.ofString(
                        "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nn\r\n--x--\r\n"))
                .build(),
            BodyHandlers.ofString());
    assertThat(upload.statusCode()).isEqualTo(403);
  }

  @Test
  void annotatorsSeeNoResults() throws Exception {
    long study = study(name(), 1);
    signIn("lena", Infrastructure.TOKEN);

    for (String path :
        List.of(
            "/studies/new",
            "/studies/" + study,
            "/studies/" + study + "/preferences.jsonl",
            "/api/studies")) {
      HtmlPage page = null;
      int status = browser.getPage(site.resolve(path).toURL()).getWebResponse().getStatusCode();
      assertThat(status).as(path).isEqualTo(403);
      assertThat(page).isNull();
    }
    assertThat(page("/").asNormalizedText()).doesNotContain("Results", "New study");
  }

  @Test
  void anOwnerMakesAStudyOfAFileAndIsToldWhatIsWrongWithIt() throws Exception {
    signIn("owner", Infrastructure.OWNERS_TOKEN);
    Path pairs = Files.createTempFile("pairs", ".jsonl");
    pairs.toFile().deleteOnExit();
    Files.writeString(pairs, "{\"prompt\": \"Q\", \"answer_a\": \"x\"}\n");
    HtmlForm form = page("/studies/new").getForms().get(1);
    String name = name();
    form.getInputByName("name").setValue(name);
    form.getInputByName("overlap").setValue("3");
    form.getInputByName("pairs").setValue(pairs.toString());

    HtmlPage refused = press(form, "Make the study");
    assertThat(refused.getWebResponse().getStatusCode()).isEqualTo(400);
    assertThat(refused.asNormalizedText())
        .contains("line 1 has no two answers: found [prompt, answer_a]");

    Files.writeString(pairs, "{\"prompt\": \"Q\", \"answer_a\": \"x\", \"answer_b\": \"y\"}\n");
    form = refused.getForms().get(1);
    assertThat(form.getInputByName("name").getValue()).isEqualTo(name);
    form.getInputByName("pairs").setValue(pairs.toString());
    HtmlPage made = press(form, "Make the study");

    assertThat(made.asNormalizedText())
        .contains(
            "The study is ready", name, "1 pairs, each judged by 3 people", "0 of 3 verdicts");
    assertThat(press(made, "Close the study").asNormalizedText()).contains("Closed.");
  }

  @Test
  void theResultsTellAgreementSidesAndWinRates() throws Exception {
    long study = study(name(), 4, "overlap", "2");
    for (String annotator : List.of("mia", "nils")) {
      browser.getCookieManager().clearCookies();
      signIn(annotator, Infrastructure.TOKEN);
      HtmlPage page = page("/studies/" + study + "/compare");
      for (int pair = 1; pair <= 4; pair++) {
        boolean firstLeft =
            page.querySelector(".answer.a .text").getTextContent().startsWith("First");
        boolean first = pair != 4 || annotator.equals("mia");
        page = press(page, first == firstLeft ? "A is better" : "B is better");
      }
    }
    browser.getCookieManager().clearCookies();
    signIn("owner", Infrastructure.OWNERS_TOKEN);

    String text = page("/studies/" + study).asNormalizedText();

    assertThat(text).contains("8 of 8 verdicts", "75%", "of 4 couples of verdicts", "mia", "nils");
    assertThat(text).containsPattern("x\\s+8\\s+88%").containsPattern("y\\s+8\\s+13%");
  }

  @Test
  void aNameThatIsTakenIsAConflictForPrograms() throws Exception {
    String name = name();
    study(name, 1);

    HttpResponse<String> second =
        api(query("name", name), "{\"prompt\": \"Q\", \"answer_a\": \"x\", \"answer_b\": \"y\"}");

    assertThat(second.statusCode()).isEqualTo(409);
    assertThat(second.body()).contains("there is a study \"" + name + "\" already");
    assertThat(api(query("name", name()), "{").body()).startsWith("line 1 is no JSON");
  }

  @Test
  void aPolicyThatIsAwayIsAPageThatSaysSo() throws Exception {
    HttpResponse<String> made =
        api(query("name", name(), "first-policy", "away"), "{\"prompt\": \"Q\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
    long study = JSON.readTree(made.body()).path("id").asLong();
    signIn("olaf", Infrastructure.TOKEN);

    HtmlPage page = page("/studies/" + study + "/compare");

    assertThat(page.getWebResponse().getStatusCode()).isEqualTo(503);
    assertThat(page.asNormalizedText())
        .contains("the policy \"away\" at localhost:1 does not answer", "Load the page again");
  }

  @Test
  void whatDoesNotExistIsAPage() throws Exception {
    signIn("paul", Infrastructure.OWNERS_TOKEN);

    for (String path : List.of("/nothing", "/studies/999999", "/studies/x/compare")) {
      HtmlPage page = page(path);
      assertThat(page.getWebResponse().getStatusCode()).as(path).isEqualTo(404);
      assertThat(page.asNormalizedText()).contains("There is no such");
    }
  }

  @Test
  void signingOutForgetsWhoSomebodyIs() throws Exception {
    HtmlPage page = signIn("rita", Infrastructure.TOKEN);

    assertThat(press(page, "Sign out").getUrl().getPath()).isEqualTo("/sign-in");
    assertThat(page("/").getUrl().getPath()).isEqualTo("/sign-in");
  }

  @Test
  void healthAndMetricsNeedNoToken() throws Exception {
    for (String path : List.of("/q/health/started", "/q/health/live", "/q/health/ready")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(200);
    }
    assertThat(get("/q/metrics").body())
        .contains(
            "parley_console_outbox_events",
            "parley_console_outbox_age_seconds",
            "parley_console_verdicts_total{choice=\"left\"");
  }
}
