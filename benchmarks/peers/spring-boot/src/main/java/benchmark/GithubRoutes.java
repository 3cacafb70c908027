package benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Configuration;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Registers the routes of the GitHub API as annotations on 203 methods would. */
@Configuration
class GithubRoutes {
  record Ok(boolean ok) {}

  static class Handler {
    @ResponseBody
    public Ok answer() {
      return new Ok(true);
    }
  }

  @Autowired
  void register(@Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping mapping)
      throws IOException, NoSuchMethodException {
    var handler = new Handler();
    var method = Handler.class.getMethod("answer");
    for (String line : Files.readAllLines(Path.of(System.getenv("GITHUB_ROUTES")))) {
      String[] route = line.split(" ");
      var info =
          RequestMappingInfo.paths("/gh" + route[1].replaceAll(":(\\w+)", "{$1}"))
              .methods(RequestMethod.valueOf(route[0]))
              .options(mapping.getBuilderConfiguration())
              .build();
      mapping.registerMapping(info, handler, method);
    }
  }
}
