using Luthier.Training.Tests.Checkpoints;
using Xunit.Runner.InProc.SystemConsole;

return args is [ChildProcess.Argument, var recipe] ? ChildProcess.Tune(recipe) : await ConsoleRunner.Run(args);
