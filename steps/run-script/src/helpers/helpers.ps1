# What scripts of Octopus Deploy find, for PowerShell; then the script is run.
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false

$global:OctopusParameters = @{}
$WharfVariables = [System.IO.File]::ReadAllText((Join-Path $PSScriptRoot 'variables.json')) | ConvertFrom-Json
foreach ($WharfVariable in $WharfVariables.PSObject.Properties) {
    $global:OctopusParameters[$WharfVariable.Name] = $WharfVariable.Value
    # $SiteUrl for Site.Url, where PowerShell has no variable of that name itself.
    $WharfName = $WharfVariable.Name -replace '[^A-Za-z0-9_]', ''
    if ($WharfName -and -not (Test-Path "Variable:$WharfName")) {
        Set-Variable -Name $WharfName -Value $WharfVariable.Value -Scope Global
    }
}

function global:ConvertTo-WharfBase64([string] $Text) {
    [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($Text))
}

function global:Write-WharfAs([string] $Level, [string] $Text) {
    [Console]::Out.WriteLine("##octopus[stdout-$Level]")
    [Console]::Out.WriteLine($Text)
    [Console]::Out.WriteLine('##octopus[stdout-default]')
}

function global:Get-OctopusVariable([string] $Name) {
    # It may be missing because the step may not read it: the step says so.
    if (-not $global:OctopusParameters.ContainsKey($Name)) {
        [Console]::Error.WriteLine("##octopus[wharf-unknownVariable name='$(ConvertTo-WharfBase64 $Name)']")
    }
    $global:OctopusParameters[$Name]
}

function global:Set-OctopusVariable([string] $Name, [AllowEmptyString()][string] $Value, [switch] $Sensitive) {
    $Name64 = ConvertTo-WharfBase64 $Name
    $Value64 = ConvertTo-WharfBase64 $Value
    $Mark = ''
    if ($Sensitive) { $Mark = " sensitive='$(ConvertTo-WharfBase64 'True')'" }
    [Console]::Out.WriteLine("##octopus[setVariable name='$Name64' value='$Value64'$Mark]")
}

function global:New-OctopusArtifact([string] $Path, [string] $Name = '') {
    if (-not $Name) { $Name = [System.IO.Path]::GetFileName($Path) }
    $Full = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
    $Path64 = ConvertTo-WharfBase64 $Full
    $Name64 = ConvertTo-WharfBase64 $Name
    [Console]::Out.WriteLine("##octopus[createArtifact path='$Path64' name='$Name64']")
}

function global:Update-Progress([int] $Percentage, [string] $Message = '') {
    $Percentage64 = ConvertTo-WharfBase64 $Percentage
    $Message64 = ConvertTo-WharfBase64 $Message
    [Console]::Out.WriteLine("##octopus[progress percentage='$Percentage64' message='$Message64']")
}

function global:Write-Verbose([string] $Message) { Write-WharfAs 'verbose' $Message }
function global:Write-Highlight([string] $Message) { Write-WharfAs 'highlight' $Message }
function global:Write-Wait([string] $Message) { Write-WharfAs 'wait' $Message }
function global:Write-Warning([string] $Message) { Write-WharfAs 'warning' $Message }

function global:Fail-Step([string] $Message = '') {
    if ($Message) {
        [Console]::Out.WriteLine("##octopus[resultMessage message='$(ConvertTo-WharfBase64 $Message)']")
    }
    exit 1
}

function global:Execute-WithRetry([ScriptBlock] $Command, [int] $MaxFailures = 3, [int] $SleepBetweenFailures = 1) {
    for ($Attempt = 1; ; $Attempt++) {
        try { return (& $Command) }
        catch {
            if ($Attempt -ge $MaxFailures) { throw }
            Write-Warning "$_ (attempt $Attempt of $MaxFailures)"
            Start-Sleep -Seconds $SleepBetweenFailures
        }
    }
}

$WharfScript, $WharfArguments = $args
$global:LASTEXITCODE = 0
try {
    . $WharfScript @WharfArguments
}
catch {
    [Console]::Error.WriteLine(($_ | Out-String).TrimEnd())
    exit 1
}
exit $global:LASTEXITCODE
