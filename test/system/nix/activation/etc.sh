echo "setting up /etc..."
@setupEtc@ "$systemConfig/etc"
