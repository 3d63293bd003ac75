using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Tests.Threading;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Every_member_runs_every_piece_once(int threads)
    {
        using var team = new ThreadTeam(threads);
        var counts = new int[threads];
        for (var i = 0; i < 2000; i++)
        {
            team.Run(member => counts[member]++);
        }

        counts.ShouldAllBe(count => count == 2000);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Nobody_passes_a_barrier_before_all_have_come(int threads)
    {
        using var team = new ThreadTeam(threads);
        var arrivals = new int[500];
        var early = 0;
        for (var round = 0; round < 4; round++)
        {
            Array.Clear(arrivals);
            team.Run(_ =>
            {
                for (var i = 0; i < arrivals.Length; i++)
                {
                    Interlocked.Increment(ref arrivals[i]);
                    team.Barrier();
                    if (Volatile.Read(ref arrivals[i]) != threads)
                    {
                        Interlocked.Increment(ref early);
                    }
                }
            });
        }

        early.ShouldBe(0);
    }

    [Fact]
    public void Many_teams_share_few_cores()
    {
        var teams = new Thread[6];
        var sums = new long[teams.Length];
        for (var i = 0; i < teams.Length; i++)
        {
            var index = i;
            teams[i] = new Thread(() =>
            {
                using var team = new ThreadTeam(3);
                for (var round = 0; round < 200; round++)
                {
                    team.Run(member =>
                    {
                        team.Barrier();
                        Interlocked.Add(ref sums[index], member);
                        team.Barrier();
                    });
                }
            });
            teams[i].Start();
        }

        foreach (var thread in teams)
        {
            thread.Join();
        }

        sums.ShouldAllBe(sum => sum == 200 * 3);
    }

    [Fact]
    public void Members_that_slept_are_woken()
    {
        using var team = new ThreadTeam(4);
        var runs = 0;
        for (var i = 0; i < 20; i++)
        {
            // Longer than they spin.
            Thread.Sleep(2);
            team.Run(_ => Interlocked.Increment(ref runs));
        }

        runs.ShouldBe(20 * 4);
    }

    [Fact]
    public void Callers_on_several_threads_take_turns()
    {
        using var team = new ThreadTeam(2);
        var inside = 0;
        var most = 0;
        var total = 0;
        var callers = new Thread[4];
        for (var i = 0; i < callers.Length; i++)
        {
            callers[i] = new Thread(() =>
            {
                for (var round = 0; round < 200; round++)
                {
                    team.Run(member =>
                    {
                        if (member == 0)
                        {
                            most = Math.Max(most, Interlocked.Increment(ref inside));
                            total++;
                            Interlocked.Decrement(ref inside);
                        }
                    });
                }
            });
            callers[i].Start();
        }

        foreach (var caller in callers)
        {
            caller.Join();
        }

        most.ShouldBe(1);
        total.ShouldBe(4 * 200);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void The_first_failure_reaches_the_caller_and_frees_those_at_a_barrier(int failing)
    {
        using var team = new ThreadTeam(3);
        for (var round = 0; round < 50; round++)
        {
            var error = Should.Throw<ArithmeticException>(() =>
                team.Run(member =>
                {
                    if (member == failing)
                    {
                        throw new ArithmeticException("seven");
                    }

                    team.Barrier();
                })
            );
            error.Message.ShouldBe("seven");
        }

        // The team works on afterwards, barriers included.
        var runs = 0;
        team.Run(_ =>
        {
            team.Barrier();
            Interlocked.Increment(ref runs);
        });
        runs.ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Work_inside_work_is_refused(int threads)
    {
        using var team = new ThreadTeam(threads);
        using var other = new ThreadTeam(2);
        Should.Throw<InvalidOperationException>(() => team.Run(_ => team.Run(_ => { })));
        var runs = 0;
        team.Run(member =>
        {
            if (member == 0)
            {
                other.Run(_ => Interlocked.Increment(ref runs));
            }
        });
        runs.ShouldBe(2);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(100, 1)]
    [InlineData(101, 16)]
    public void For_covers_everything_once_in_whole_grains(int count, int grain)
    {
        using var team = new ThreadTeam(3);
        var seen = new int[count];
        team.For(
            count,
            grain,
            (start, end) =>
            {
                (start % grain).ShouldBe(0);
                for (var i = start; i < end; i++)
                {
                    Interlocked.Increment(ref seen[i]);
                }
            }
        );
        seen.ShouldAllBe(times => times == 1);
    }

    [Fact]
    public void A_disposed_team_refuses_work()
    {
        var team = new ThreadTeam(2);
        team.Run(_ => { });
        team.Dispose();
        team.Dispose();
        Should.Throw<ObjectDisposedException>(() => team.Run(_ => { }));
    }
}
