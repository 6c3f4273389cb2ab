package dev.parley.console.page;

import dev.parley.console.access.Person;
import dev.parley.console.access.Sessions;
import jakarta.enterprise.context.RequestScoped;

/** Who makes the present request. */
@RequestScoped
class Visit {

  private final Sessions sessions;
  private final Assets assets;
  private Person person;
  private String cookie = "";
  private boolean byHeader;

  Visit(Sessions sessions, Assets assets) {
    this.sessions = sessions;
    this.assets = assets;
  }

  /** A browser, known by its cookie. */
  void byCookie(Person who, String shown) {
    person = who;
    cookie = shown;
  }

  /** A program, which shows the token itself; no browser does so by itself. */
  void byHeader(Person who) {
    person = who;
    byHeader = true;
  }

  Person person() {
    return person;
  }

  /**
   * Makes sure that a form comes from a page of this person.
   *
   * @throws Problem if it does not
   */
  void requireForm(String token) {
    if (!byHeader && !(token != null && sessions.isFormToken(token, cookie))) {
      throw new Problem(
          403,
          "This form does not come from a page that you have open here, or that page is old.",
          "Go back, load the page again, and send it once more.");
    }
  }

  /** The frame of a page for this person. */
  Frame frame(String title, Notice notice) {
    return new Frame(
        title,
        person == null ? "" : person.name(),
        person != null && person.owner(),
        sessions.formToken(cookie),
        assets.version(),
        notice.text());
  }
}
