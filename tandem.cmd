@echo off
rem Does on Windows what ./tandem does elsewhere: builds the program where its sources have changed since the last build,
rem and runs it. Nothing is written outside .tandem, which may be deleted at any time. .tandem\sources is a copy of the
rem sources as they were when the last build began; robocopy tells whether anything differs from it, by size and time.
setlocal
set "root=%~dp0"
set "state=%root%.tandem"

where /q dotnet || goto noSdk
call :fresh && goto run

pushd "%root%"
dotnet --version >nul 2>&1 || (popd & goto noSdk)
popd
if not exist "%state%" mkdir "%state%"
:wait
rem Of several that start at once, one holds the lock and builds; the others wait, and find the program fresh.
set "result="
(9>"%state%\lock" call :build) 2>nul
if not defined result (
  ping -n 2 127.0.0.1 >nul
  goto wait
)
if not "%result%"=="0" (
  type "%state%\build.log" >&2
  echo tandem: the build failed; all that it said is in %state%\build.log>&2
  exit /b 1
)

:run
set /p app=<"%state%\stamp"
dotnet "%state%\%app%\Tandem.Cli.dll" %*
exit /b %errorlevel%

:noSdk
echo tandem: found no .NET SDK that fits; install .NET SDK 10.0.100 or later (https://dotnet.microsoft.com/download)>&2
exit /b 1

:fresh
if not exist "%state%\stamp" exit /b 1
call :mirror /l
exit /b %errorlevel%

rem Makes the copy equal to the sources, or with /l only looks. Fails where there was a difference.
:mirror
set "differs=0"
for %%f in (src\Tandem src\Tandem.Cluster src\Tandem.Server src\Tandem.Cli) do (
  robocopy "%root%%%f" "%state%\sources\%%f" /mir /xd bin obj %1 >nul || set "differs=1"
)
robocopy "%root%." "%state%\sources\." tandem.cmd global.json Directory.* /lev:1 %1 >nul || set "differs=1"
exit /b %differs%

:build
set "result=0"
call :fresh && exit /b 0
echo building tandem...>con
set "before="
if exist "%state%\stamp" set /p before=<"%state%\stamp"
del "%state%\stamp" 2>nul
call :mirror
set "app=app.%random%%random%"
set "result=1"
dotnet publish "%root%src\Tandem.Cli" -c Release -p:Checks=false -p:UseSharedCompilation=false -nodeReuse:false --nologo -v quiet -tl:off --artifacts-path "%state%\build" -o "%state%\%app%" <nul >"%state%\build.log" 2>&1 || exit /b 1
>"%state%\stamp" echo %app%
set "result=0"
rem A program that is running keeps its files until the build after the next.
for /d %%d in ("%state%\app.*") do if not "%%~nxd"=="%app%" if not "%%~nxd"=="%before%" rd /s /q "%%d"
exit /b 0
