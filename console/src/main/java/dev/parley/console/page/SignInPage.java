package dev.parley.console.page;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.access.Person;
import dev.parley.console.access.Role;
import dev.parley.console.access.Sessions;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.NewCookie;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestForm;

/** Who somebody is, and the token that lets in. */
@Path("/")
@Blocking
public class SignInPage {

  private final Sessions sessions;
  private final Visit visit;
  private final ConsoleMetrics metrics;

  /** Takes what the container gives. */
  SignInPage(Sessions sessions, Visit visit, ConsoleMetrics metrics) {
    this.sessions = sessions;
    this.visit = visit;
    this.metrics = metrics;
  }

  /** Asks. */
  @GET
  @Path("sign-in")
  public Response ask(@QueryParam("to") @DefaultValue("/") String to) {
    return page(200, to, "", "");
  }

  private Response page(int status, String to, String name, String problem) {
    return Html.status(
        status,
        Pages.signIn(
            visit.frame("Sign in", Notice.NONE),
            new SignInView(sessions.asksForToken(), local(to), name, problem)));
  }

  /** Where to go next, if that is a page of ours. */
  private static String local(String to) {
    return to.matches("/[A-Za-z0-9/._-]*") && !to.startsWith("//") ? to : "/";
  }

  /** Lets in, or says why not. */
  @POST
  @Path("sign-in")
  public Response signIn(
      @RestForm @DefaultValue("") String name,
      @RestForm @DefaultValue("") String token,
      @RestForm @DefaultValue("/") String to,
      @HeaderParam("X-Forwarded-Proto") @DefaultValue("") String forwarded,
      UriInfo address) {
    Optional<Role> role = sessions.role(token.strip());
    if (role.isEmpty()) {
      metrics.refused();
      return page(
          403, to, name, "That is not the token. Ask whoever runs the study for it, and paste it.");
    }
    Person person;
    try {
      person = new Person(name, role.get());
    } catch (IllegalArgumentException e) {
      return page(
          400, to, name, "\"" + name.strip() + "\" cannot be used: " + e.getMessage() + ".");
    }
    boolean secure =
        forwarded.equals("https") || "https".equals(address.getRequestUri().getScheme());
    return Response.fromResponse(Html.to(local(to), Notice.NONE))
        .cookie(cookie(sessions.cookie(person)).secure(secure).build())
        .build();
  }

  private static NewCookie.Builder cookie(String value) {
    return new NewCookie.Builder(SignedInFilter.COOKIE)
        .value(value)
        .path("/")
        .httpOnly(true)
        // Lax: who follows a link to a study stays signed in; forms carry a token besides.
        .sameSite(NewCookie.SameSite.LAX);
  }

  /** Forgets. */
  @POST
  @Path("sign-out")
  public Response signOut(@RestForm String form) {
    visit.requireForm(form);
    return Response.fromResponse(Html.to("/sign-in", Notice.NONE))
        .cookie(cookie("").maxAge(0).build())
        .build();
  }
}
