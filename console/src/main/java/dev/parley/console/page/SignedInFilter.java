package dev.parley.console.page;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.access.Person;
import dev.parley.console.access.Role;
import dev.parley.console.access.Sessions;
import jakarta.enterprise.inject.Instance;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Cookie;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.UriBuilder;
import jakarta.ws.rs.ext.Provider;
import java.util.Optional;

/** Lets nobody in who has not signed in, and owners alone to their pages. */
@Provider
public class SignedInFilter implements ContainerRequestFilter {

  /** The cookie of somebody who has signed in. */
  static final String COOKIE = "parley-console";

  private static final String BEARER = "Bearer ";

  // Filters are made while the application is built, when there are no settings yet.
  private final Instance<Sessions> sessions;
  private final Visit visit;
  private final Instance<ConsoleMetrics> metrics;

  @Context ResourceInfo resource;

  /** Takes what the container gives. */
  SignedInFilter(Instance<Sessions> sessions, Visit visit, Instance<ConsoleMetrics> metrics) {
    this.sessions = sessions;
    this.visit = visit;
    this.metrics = metrics;
  }

  @Override
  public void filter(ContainerRequestContext request) {
    requireSameSite(request);
    identify(request);
    Class<?> page = resource.getResourceClass();
    if (page.equals(SignInPage.class)) {
      return;
    }
    if (visit.person() == null) {
      if (!request.getMethod().equals(HttpMethod.GET) || page.equals(StudyApi.class)) {
        throw new Problem(
            401,
            "Nobody is signed in, or it was too long ago.",
            "Sign in, then send it again. Programs send the header Authorization: Bearer TOKEN.");
      }
      request.abortWith(
          Html.to(
              UriBuilder.fromPath("/sign-in").queryParam("to", request.getUriInfo().getPath())));
      return;
    }
    if (page.isAnnotationPresent(OwnersOnly.class) && !visit.person().owner()) {
      throw new Problem(
          403,
          "This page is for the study's owner.",
          "Sign out, and sign in again with the owner's token.");
    }
  }

  /** Browsers say where a request comes from; no other site has anything to send here. */
  private static void requireSameSite(ContainerRequestContext request) {
    String site = request.getHeaderString("Sec-Fetch-Site");
    if (!request.getMethod().equals(HttpMethod.GET)
        && site != null
        && !site.equals("same-origin")
        && !site.equals("none")) {
      throw new Problem(
          403, "This request was sent by another site.", "Open the page here and use its buttons.");
    }
  }

  private void identify(ContainerRequestContext request) {
    String authorization = request.getHeaderString(HttpHeaders.AUTHORIZATION);
    Cookie cookie = request.getCookies().get(COOKIE);
    if (authorization != null && authorization.startsWith(BEARER)) {
      Optional<Role> role = sessions.get().role(authorization.substring(BEARER.length()).strip());
      if (role.isEmpty()) {
        metrics.get().refused();
      }
      role.ifPresent(known -> visit.byHeader(new Person("program", known)));
    } else if (cookie != null) {
      sessions
          .get()
          .person(cookie.getValue())
          .ifPresent(person -> visit.byCookie(person, cookie.getValue()));
    } else if (!sessions.get().asksForToken()
        && resource.getResourceClass().equals(StudyApi.class)) {
      visit.byHeader(new Person("program", Role.OWNER));
    }
  }
}
