package dev.parley.reward;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.inject.spi.Prioritized;
import jakarta.inject.Singleton;

/**
 * Tells a call that its caller gave up: cancelled, past its deadline, or gone. Vert.x's gRPC server
 * keeps that to itself once a request has been read (eclipse-vertx/vert.x issue 5562); its HTTP
 * server does not.
 */
@GlobalInterceptor
@Singleton
public class CancellationInterceptor implements ServerInterceptor, Prioritized {

  @Override
  public int getPriority() {
    // Outermost: further in, Quarkus has changed the context that knows the HTTP request.
    return Integer.MAX_VALUE;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    RoutingContext http = Vertx.currentContext().getLocal(RoutingContext.class.getName());
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    http.addEndHandler(
        end -> {
          if (end.failed()) {
            listener.onCancel();
          }
        });
    return listener;
  }
}
