global using System.Runtime.Intrinsics;
